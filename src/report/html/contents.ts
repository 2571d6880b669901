import { htmlText } from '../escape.ts';
import type { DeploymentResult } from '../report.ts';
import { BY_GRAVITY, gravest, NOT_JUDGED, runsOnGpu } from '../verdicts.ts';

/** Fewer sections than this are found by scrolling. */
const MIN_DEPLOYMENTS = 6;

/** Links to the sections of many deployments, those that need somebody first; empty for a few. */
export function contents(deployments: readonly DeploymentResult[]): string {
  if (deployments.length < MIN_DEPLOYMENTS) return '';
  const items = deployments
    .map((result, index) => ({ result, index, verdict: runsOnGpu(result) ? gravest(result) : null }))
    .toSorted((a, b) => rank(a.verdict) - rank(b.verdict))
    .map(({ result: { deployment }, index, verdict }) => {
      const dot = verdict === null ? '' : `<span class="${verdict}" aria-hidden="true">●</span> `;
      const link = `<a href="#deployment-${index}"><code>${htmlText(`${deployment.file}:${deployment.line}`)}</code> ${htmlText(deployment.name)}</a>`;
      return `<li>${dot}${link}: ${verdict ?? NOT_JUDGED}</li>`;
    });
  return `<nav aria-label="Deployments"><ul class="plain">${items.join('')}</ul></nav>`;
}

function rank(verdict: (typeof BY_GRAVITY)[number] | null): number {
  return verdict === null ? BY_GRAVITY.length : BY_GRAVITY.indexOf(verdict);
}
