import { htmlText } from '../escape.ts';
import { headline } from '../headline.ts';
import type { Report } from '../report.ts';
import { fileFindings, notCounting } from '../verdicts.ts';
import { contents } from './contents.ts';
import { deploymentSection } from './deployment.ts';
import { legend } from './memory.ts';
import { STYLE } from './style.ts';

/** What makes the page answer questions of its own: a program and the launches that it may recompute. */
export interface WhatIf {
  /** base64 of the program, compressed with gzip. */
  readonly program: string;
  /** base64 of the SHA-256 of the program and of `STARTER`, by which the page allows them and nothing else. */
  readonly scriptHashes: readonly string[];
  /** JSON of the launches, see src/page/launches.ts. */
  readonly data: string;
}

/** Unpacks the program of the page and runs it; a browser that cannot (before 2023) shows the page without the panel. */
export const STARTER = `new Response(
  new Blob([Uint8Array.from(atob(document.getElementById('program').textContent), (letter) => letter.charCodeAt(0))])
    .stream()
    .pipeThrough(new DecompressionStream('gzip')),
)
  .text()
  .then((text) => {
    const script = document.createElement('script');
    script.textContent = text;
    document.body.append(script);
  });`;

/** The report as one page that needs nothing else: no network, no other file, light or dark as the reader has it. */
export function renderHtml(report: Report, whatIf: WhatIf | null): string {
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    ...(whatIf ? [`script-src ${whatIf.scriptHashes.map((hash) => `'sha256-${hash}'`).join(' ')}`] : []),
  ].join('; ');
  const gate = report.failOn.length === 0 ? 'never fails' : `fails on: ${report.failOn.join(', ')}`;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<title>Headroom: GPU memory of serving configs</title>',
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1><span class="${report.conclusion === 'pass' ? 'fits' : 'fails'}">${report.conclusion.toUpperCase()}</span> ${htmlText(headline(report))}</h1>`,
    `<p class="soft">Headroom ${htmlText(report.version)} · ${htmlText(report.policyPath ?? 'the default policy')} ${htmlText(gate)} · ${report.filesRead} ${report.filesRead === 1 ? 'file' : 'files'} read</p>`,
    contents(report.deployments),
    legend(),
    ...report.deployments.map(deploymentSection),
    unread(report),
    findings(report),
    '</main>',
    ...(whatIf
      ? [
          // `<` must not end the element that holds it.
          `<script type="application/json" id="launches">${whatIf.data.replaceAll('<', '\\u003c')}</script>`,
          `<script type="application/gzip" id="program">${whatIf.program}</script>`,
          `<script>${STARTER}</script>`,
        ]
      : []),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function unread({ unsupported }: Report): string {
  if (unsupported.length === 0) return '';
  const items = unsupported.map(
    ({ file, place, name, reason, remedy, waived }) =>
      `<li><code>${htmlText(`${file}:${place.line}`)}</code> ${htmlText(name)}: ${htmlText(reason)} → ${htmlText(remedy)}${waived === undefined ? '' : ` ${htmlText(notCounting(waived))}`}</li>`,
  );
  return `<section><h2>Launches that could not be read</h2><ul>${items.join('')}</ul></section>`;
}

function findings(report: Report): string {
  const items = fileFindings(report).map(
    ({ rule, severity, place, message, remedy }) =>
      `<li><b>${htmlText(severity)}</b> <code>${htmlText(rule)}</code>, <code>${htmlText(`${place.file}:${place.line}`)}</code>: ${htmlText(message)} → ${htmlText(remedy)}</li>`,
  );
  return items.length > 0 ? `<section><h2>Findings</h2><ul>${items.join('')}</ul></section>` : '';
}
