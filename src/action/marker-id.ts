import { MARKER_ID } from '../github/marker.ts';
import type { Environment } from './environment.ts';

/** Workflow and job keep the comments of two jobs apart without anyone configuring it. */
export function markerId({ workflow, job }: Pick<Environment, 'workflow' | 'job'>): string {
  const slug = `${workflow}-${job}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 64)
    .replace(/^-|-$/g, '');
  return MARKER_ID.test(slug) ? slug : 'default';
}
