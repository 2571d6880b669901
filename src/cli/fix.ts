import { targetName } from '../hardware/gpu.ts';
import { wrap } from '../report/columns.ts';
import { logSafe, terminalText } from '../report/escape.ts';
import { argumentText } from '../report/figures.ts';
import { plural } from '../report/headline.ts';
import { patchOf } from '../report/patch.ts';
import type { Report } from '../report/report.ts';
import type { Arguments } from './args.ts';
import { editedFiles, filesToEdit, type Fix, fixesOf, withTexts, writeFiles } from './fixes.ts';
import { terminalOptions } from './output.ts';
import { prepare } from './prepare.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';

/**
 * `headroom fix`: writes the values that fit into the files, or with `--dry-run` prints the patch that `git apply` takes.
 * What was written is judged anew: the exit code says whether it passes.
 */
export async function runFix(args: Arguments, surroundings: Surroundings): Promise<ExitCode> {
  const prepared = await prepare(args, surroundings);
  if ('problem' in prepared) return complain(surroundings, prepared);
  const { root, input, run } = prepared;
  const before = await run(input);
  const { fixes, byHand } = fixesOf(before);
  const edits = fixes.flatMap((fix) => fix.edits);
  const originals = filesToEdit(input, edits);
  const files = editedFiles(originals, edits);
  const after = files.length > 0 ? await run(withTexts(input, files)) : before;
  const { width } = terminalOptions(surroundings);
  const dry = args.values.has('dry-run');
  // The patch alone goes to the pipe; what a person reads goes beside it.
  const say = (text: string): void => (dry ? surroundings.err : surroundings.out)(logSafe(`${text}\n`));
  if (dry) {
    for (const file of originals) {
      surroundings.out(
        patchOf(
          file,
          edits.filter((edit) => edit.file === file.path),
        ),
      );
    }
  } else {
    const problem = writeFiles(root, files);
    if (problem !== null) return complain(surroundings, problem);
  }
  for (const fix of fixes) for (const line of described(fix, after, width)) say(line);
  for (const { result, why } of byHand) {
    const { file, line, name } = result.deployment;
    for (const text of wrap(terminalText(`${file}:${line} ${name}: by hand: ${why}`), width)) say(text);
  }
  const verb = dry ? 'would be changed' : 'changed';
  if (fixes.length === 0 && byHand.length === 0) say('Nothing to fix.');
  else say(`${plural(files.length, 'file')} ${verb}; ${plural(byHand.length, 'deployment')} left to do by hand.`);
  return after.conclusion === 'pass' ? 0 : 1;
}

/** What is written for one deployment, and what it comes to when it is judged anew. */
function described({ result }: Fix, after: Report, width: number): string[] {
  const { deployment, recommendation } = result;
  const now = after.deployments.find(
    (one) => one.deployment.file === deployment.file && one.deployment.name === deployment.name,
  );
  const changes = (recommendation?.changes ?? []).map(
    ({ argument, from, to }) => `  ${terminalText(`${argument}: ${argumentText(from)} → ${argumentText(to)}`)}`,
  );
  const verdicts = (now?.targets ?? [])
    .filter(({ gated }) => gated)
    .map(({ target, estimate }) => `${estimate.verdict} on ${targetName(target)}`);
  return [
    terminalText(`${deployment.file}:${deployment.line} ${deployment.name}`),
    ...changes,
    ...wrap(terminalText(recommendation?.summary ?? ''), width - 2).map((line) => `  ${line}`),
    `  Judged anew: ${verdicts.join(', ')}.`,
  ];
}
