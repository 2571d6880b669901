import { readdirSync, readFileSync } from 'node:fs';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { check } from '../../src/check.ts';
import { formats } from '../../src/formats/index.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { describedRules } from '../../src/policy/rules/index.ts';
import type { Report } from '../../src/report/report.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import type { SourceFile } from '../../src/text.ts';
import { VERSION } from '../../src/version.ts';
import { table } from './fill.ts';

const root = new URL('../../', import.meta.url);

function read(path: string): SourceFile | null {
  try {
    return { path, text: readFileSync(new URL(path, root), 'utf8') };
  } catch {
    return null;
  }
}

/** The examples as `headroom check` judges them, by the repository's own policy. */
function checkExamples(folder: string): Report {
  const hardware = loadHardware();
  const policyFile = read('.github/headroom.yml');
  const parsed = policyFile ? parsePolicy(policyFile, hardware) : { problems: [] };
  if ('problems' in parsed) throw new Error('the policy of the examples is wrong');
  const files = readdirSync(new URL(folder, root))
    .toSorted()
    .flatMap((name) => read(`${folder}${name}`) ?? []);
  return check({
    files,
    read,
    list: () => [],
    policy: parsed.policy,
    hardware,
    models: makeModelCatalogue(modelData),
    version: VERSION,
  });
}

/** Output of the README's first example. */
export function exampleOutput(): string {
  const text = renderTerminal(checkExamples('examples/does-not-fit/'), { colour: false, width: 118 });
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}

/** The memory guide's rows, with its round figures in GB, in the order of its table. */
const GUIDE_ROWS = [
  { file: 'baseline-8192.yml', title: 'baseline, max_len 8192', weights: '~14', kv: '~1.5', total: '~16.5' },
  { file: 'baseline-32768.yml', title: 'baseline, max_len 32768', weights: '~14', kv: '~5', total: '~20' },
  { file: 'speculative-8192.yml', title: 'spec. decoding, max_len 8192', weights: '~14', kv: '~1.5', total: '~18.5' },
  { file: 'speculative-32768.yml', title: 'spec. decoding, max_len 32768', weights: '~14', kv: '~5', total: '~22' },
  {
    file: 'quick-fix.yml',
    title: 'quick fix: utilization 0.75, max_len 8192',
    weights: '~14',
    kv: '',
    total: '~18–19',
  },
];

/** The guide's round figures beside the tool's own. */
export function guideTable(): string {
  const report = checkExamples('examples/guide/');
  const rows = GUIDE_ROWS.map(({ file, title, weights, kv, total }) => {
    const result = report.deployments.find(({ deployment }) => deployment.file.endsWith(file));
    const memory = result?.targets[0]?.estimate.memory;
    if (!memory) throw new Error(`no estimate for ${file}`);
    const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
    return [
      title,
      weights,
      gib(memory.weightsBytes.value),
      kv,
      gib(memory.kvCacheNeededBytes.value),
      gib(memory.kvCacheBytes.value),
      total,
      gib(memory.peakBytes.value),
      gib(memory.freeBytes.value),
    ];
  });
  const head = [
    'RTX 3090, 7B model',
    'weights: guide (GB)',
    'Headroom (GiB)',
    'KV of one request: guide',
    'Headroom',
    'KV cache that vLLM takes',
    'total: guide',
    'Headroom',
    'stays free',
  ];
  return table(head, rows);
}

export function ruleTable(): string {
  const rows = describedRules.map(({ id, severity, what, why, remedy, options }) => {
    const own = Object.entries(options ?? {}).map(
      ([name, { standard, what: meaning }]) => `\`${name}\` (${standard}): ${meaning}`,
    );
    return [`\`${id}\``, severity, what, why, remedy, own.join(' ')];
  });
  return table(['rule', 'severity', 'what it finds', 'why it matters', 'what to do', 'options'], rows);
}

export function formatTable(): string {
  return table(
    ['format', 'what it is'],
    formats.map(({ id, title }) => [`\`${id}\``, title]),
  );
}
