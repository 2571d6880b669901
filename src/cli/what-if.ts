import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { launchesOf } from '../page/launches.ts';
import { STARTER, type WhatIf } from '../report/html/page.ts';
import type { Report } from '../report/report.ts';

/** Where the page's program lies: beside the chunks of the bundle, or built in a checkout that runs from its sources. */
const PLACES = ['../what-if.js.gz', '../../dist/what-if.js.gz'];

/** What lets the HTML report answer questions; null in a checkout that was never built. */
export function whatIfOf(report: Report): WhatIf | null {
  for (const place of PLACES) {
    try {
      const program = readFileSync(new URL(place, import.meta.url));
      const scriptHashes = [STARTER, gunzipSync(program)].map((script) =>
        createHash('sha256').update(script).digest('base64'),
      );
      return { program: program.toString('base64'), scriptHashes, data: launchesOf(report) };
    } catch {
      // Not there: the next place, or a page that only shows.
    }
  }
  return null;
}
