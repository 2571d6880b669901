import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };

function edited(text: string): string {
  const file = { path: 'bench.yaml', text };
  const [found] = extractAll([file], context).deployments;
  const edits = found && editArgument(found, 'max_model_len', 8192, context, new Map([[file.path, file]]));
  if (!edits || 'reason' in edits) throw new Error(JSON.stringify(edits ?? 'nothing is read'));
  return applyEdits(text, edits);
}

// YAML 1.2.2, 6.5 line folding: a newline is a space, blank lines are newlines.
describe('a command over several lines of YAML', () => {
  it.each([
    ['plain', 'command: vllm serve org/name\n  --max-model-len 4096 --port 1\n'],
    ['plain, of Windows', 'command: vllm serve org/name\r\n  --max-model-len 4096\r\n  --port 1\r\n'],
    ['in quotes', 'command: "vllm serve org/name  \n \t--max-model-len 4096 \\\n  --port 1"\n'],
    ['in single quotes', "command: 'vllm serve org/name\n  --max-model-len 4096'\n"],
  ])('%s is edited where it stands', (_title, text) => {
    expect(edited(text)).toBe(text.replace('4096', '8192'));
  });

  it.each(['\n', '\r\n', ' \n', '\t \r\n'])('with a hundred thousand blank lines (%j) is read at once', (blank) => {
    const text = `command: vllm serve org/name${blank.repeat(100_000)}\n  --max-model-len 4096\n`;
    const started = performance.now();
    extractAll([{ path: 'bench.yaml', text }], context);
    // Seconds where the blank lines are read again for each of them: a minute and more.
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
