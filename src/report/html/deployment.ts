import { targetName } from '../../hardware/gpu.ts';
import { htmlText } from '../escape.ts';
import { argumentText, fieldsOf, figure, TITLES } from '../figures.ts';
import type { DeploymentResult, TargetResult } from '../report.ts';
import {
  engineTitle,
  type Explanation,
  explanations,
  factsOf,
  gpuNames,
  gravest,
  NOT_JUDGED,
  notesOf,
  ownFindings,
  remedies,
  runsOnGpu,
  waivedText,
} from '../verdicts.ts';
import { figuresTable, memoryBar, verdictText } from './memory.ts';

/** More targets than this make a survey: a bar each, and no tables. */
const MAX_TABLE_TARGETS = 6;

/** One deployment: verdicts, bars, what the engine would say, the values that fit, and the working of every number. */
export function deploymentSection(result: DeploymentResult, index: number): string {
  const { deployment, modelSource, targets, recommendation } = result;
  const { engine, model } = deployment;
  const version = engine.version ?? 'version not stated';
  const known = targets.flatMap(({ target, estimate: { memory } }) =>
    memory === null ? [] : [{ name: targetName(target), memory }],
  );
  return [
    `<section id="deployment-${index}">`,
    `<h2><span class="${gravest(result)}" aria-hidden="true">●</span> <code>${htmlText(`${deployment.file}:${deployment.line}`)}</code> ${htmlText(deployment.name)}</h2>`,
    `<p class="soft">${htmlText(engineTitle(deployment))} ${htmlText(version)} · ${htmlText(model === null ? 'no model named' : `${model.value}${factsOf(deployment, modelSource)}`)}</p>`,
    ...(runsOnGpu(result) ? targets.map(targetLine) : [`<p>It ${NOT_JUDGED}.</p>`]),
    ...explanations(result).map((one) => explained(one, targets.length)),
    ...remedies(result).map((remedy) => `<p>→ ${htmlText(remedy)}</p>`),
    recommendation ? recommended(recommendation) : '',
    runsOnGpu(result) ? `<div class="try" data-deployment="${index}" hidden></div>` : '',
    findings(result),
    known.length > 0 && known.length <= MAX_TABLE_TARGETS
      ? `<details><summary>Every figure</summary>${figuresTable(known)}</details>`
      : '',
    working(result),
    '</section>',
  ].join('\n');
}

/** What the engine would say; that nothing can be estimated at all stands above it. */
function explained({ targets, verdict, phrase, speaker, message }: Explanation, all: number): string {
  const who = `<p><b>${htmlText(gpuNames(targets, all))}</b> ${htmlText(phrase + speaker)}:</p>`;
  return `${verdict === 'unknown' && targets.length === all ? '' : who}<blockquote>${htmlText(message)}</blockquote>`;
}

function targetLine({ target, gated, estimate, window }: TargetResult): string {
  const shown = gated ? '' : ' <span class="soft">(for information)</span>';
  const bar = estimate.memory ? memoryBar(estimate.memory) : '';
  const room = window ? `<p class="soft">${htmlText(`${window.argument} ${window.text}`)}</p>` : '';
  return `<h3>${htmlText(targetName(target))}: ${verdictText(estimate)}${shown}</h3>${bar}${room}`;
}

function recommended({ fits, changes, summary }: NonNullable<DeploymentResult['recommendation']>): string {
  const title = fits ? 'Values that fit, and what they cost' : 'Values that come nearer, and what they cost';
  const rows = changes.map(
    ({ argument, from, to, cost, notEditable }) =>
      `<tr><td><code>${htmlText(argument)}</code></td><td><code>${htmlText(argumentText(from))}</code></td><td><code><b>${htmlText(argumentText(to))}</b></code></td><td>${htmlText(notEditable === null ? cost : `${cost} (change it by hand: ${notEditable})`)}</td></tr>`,
  );
  const head = '<thead><tr><th>argument</th><th>now</th><th>then</th><th>at the cost of</th></tr></thead>';
  const table = rows.length > 0 ? `<h3>${title}</h3><table>${head}<tbody>${rows.join('')}</tbody></table>` : '';
  return `${table}<p>${htmlText(summary)}</p>`;
}

function findings(result: DeploymentResult): string {
  const items = ownFindings(result).map(
    ({ rule, severity, place, message, remedy }) =>
      `<li><b>${htmlText(severity)}</b> <code>${htmlText(rule)}</code>, <code>${htmlText(`${place.file}:${place.line}`)}</code>: ${htmlText(message)} → ${htmlText(remedy)}</li>`,
  );
  const waived = (result.waived ?? []).map((one) => `<li>Does not count: ${htmlText(waivedText(one))}</li>`);
  return items.length + waived.length > 0 ? `<ul>${[...items, ...waived].join('')}</ul>` : '';
}

function working(result: DeploymentResult): string {
  const tables = result.targets.flatMap(({ target, estimate: { memory, working: lines } }) => {
    if (memory === null) return [];
    const rows = fieldsOf(memory).flatMap((field) => {
      const line = lines[field];
      return line === undefined
        ? []
        : [
            `<tr><td>${htmlText(TITLES[field])}</td><td class="num">${htmlText(figure(field, memory[field].value))}</td><td>${htmlText(memory[field].basis)}</td><td>${htmlText(line)}</td></tr>`,
          ];
    });
    return [`<h3>${htmlText(targetName(target))}</h3><table><tbody>${rows.join('')}</tbody></table>`];
  });
  const notes = notesOf(result).map((note) => `<li>${htmlText(note)}</li>`);
  if (tables.length + notes.length === 0) return '';
  return `<details><summary>How each number came about</summary>${tables.join('')}<ul>${notes.join('')}</ul></details>`;
}
