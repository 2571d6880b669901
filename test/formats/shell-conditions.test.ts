// Semantics: Bash Reference Manual, "Bash Conditional Expressions", "Conditional Constructs" (if, case, [[ ]]), "Lists" (&& and ||).
import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const NOWHERE = { engines, read: () => null };

/** Model, length and open arguments of every launch of a script. */
function launches(text: string) {
  return extractAll([{ path: 'serve.sh', text }], NOWHERE).deployments.map((one) => [
    one.model?.value ?? null,
    one.arguments.get('max_model_len')?.value ?? null,
    one.unresolved.map(({ name }) => name),
  ]);
}

const SERVE = 'exec vllm serve Qwen/Qwen3-8B "${ARGS[@]}"\n';
const ADDS = 'ARGS+=(--max-model-len 4096)';

/** The branch that adds a length runs, or does not, or nobody can tell. */
const RUNS = [['Qwen/Qwen3-8B', 4096, []]];
const DOES_NOT = [['Qwen/Qwen3-8B', null, []]];
const OPEN = [['Qwen/Qwen3-8B', null, ['max_model_len']]];

describe('a test of a variable that the script sets', () => {
  it.each([
    ['[ -n "$X" ]', RUNS],
    ['[ -z "$X" ]', DOES_NOT],
    ['[ "$X" ]', RUNS],
    ['[ "$X" = 1 ]', RUNS],
    ['[ "$X" == "2" ]', DOES_NOT],
    ['[ "$X" != 1 ]', DOES_NOT],
    ['test "$X" = 1', RUNS],
    ['[ "$X" -ge 2 ]', DOES_NOT],
    ['[ "$X" -lt 2 ]', RUNS],
    ['[ ! -z "$X" ]', RUNS],
    ['! [ "$X" = 1 ]', DOES_NOT],
    ['[ "$X" = 1 -a "$Y" = b ]', RUNS],
    ['[ "$X" = 2 -o "$Y" = b ]', RUNS],
    ['[ "$X" = 1 ] && [ "$Y" = c ]', DOES_NOT],
    ['[ "$X" = 2 ] || [ "$Y" = b ]', RUNS],
    ['[[ $X == 1 && $Y != c ]]', RUNS],
    ['[[ ! ( $X == 1 ) ]]', DOES_NOT],
    ['[[ $NAME == qwen* ]]', RUNS],
    ['[[ $NAME == *-8b ]]', RUNS],
    ['[[ $NAME == *llama* ]]', DOES_NOT],
    ['[[ -n ${X} ]]', RUNS],
    ['$YES', RUNS],
    ['! $YES', DOES_NOT],
    // What only the run knows.
    ['[ -n "$NOBODY_SETS_IT" ]', OPEN],
    ['[ -f "$X" ]', OPEN],
    ['[[ $NAME =~ ^q ]]', OPEN],
    ['nvidia-smi', OPEN],
    ['[ "$(hostname)" = a ]', OPEN],
    ['[ "$1" = 1 ]', OPEN],
    ['[ -n $EMPTY ]', OPEN],
    // One of two is enough where it decides.
    ['[ "$X" = 1 ] || [ -n "$NOBODY_SETS_IT" ]', RUNS],
    ['[ "$X" = 1 ] && [ -n "$NOBODY_SETS_IT" ]', OPEN],
  ])('%s', (test, expected) => {
    const script = `X=1\nY=b\nYES=true\nEMPTY=\nNAME=qwen3-8b\nARGS=()\nif ${test}; then ${ADDS}; fi\n${SERVE}`;
    expect(launches(script)).toEqual(expected);
  });

  it.each([
    [`[ "$X" = 1 ] && ${ADDS}`, RUNS],
    [`[ "$X" = 2 ] && ${ADDS}`, DOES_NOT],
    [`[ "$X" = 2 ] || ${ADDS}`, RUNS],
    [`[ -n "$NOBODY_SETS_IT" ] && ${ADDS}`, OPEN],
    [`case "$X" in 1|2) ${ADDS};; esac`, RUNS],
    [`case "$X" in 3) ;; *) ${ADDS};; esac`, RUNS],
    [`case "$X" in 1) ;; *) ${ADDS};; esac`, DOES_NOT],
    [`case "$NAME" in qwen*) ${ADDS};; esac`, RUNS],
    [`case "$NAME" in q?en*) ${ADDS};; esac`, OPEN],
    [`case "$X" in 1) : ;& 2) ${ADDS};; esac`, OPEN],
    [`case "$NOBODY_SETS_IT" in 1) ${ADDS};; esac`, OPEN],
    [`if [ "$X" = 2 ]; then :; elif [ "$X" = 1 ]; then ${ADDS}; fi`, RUNS],
    [`if [ "$X" = 2 ]; then :; else ${ADDS}; fi`, RUNS],
    [`if [ "$X" = 1 ]; then :; else ${ADDS}; fi`, DOES_NOT],
  ])('%s', (statement, expected) => {
    expect(launches(`X=1\nNAME=qwen3-8b\nARGS=()\n${statement}\n${SERVE}`)).toEqual(expected);
  });
});

describe('a variable that is not sure to be what it was set to', () => {
  const test = `if [ "$X" = 1 ]; then ${ADDS}; fi`;
  it.each([
    ['is set in a branch', `if [ -n "$NOBODY" ]; then X=1; fi\n${test}`],
    ['is set in a loop', `X=1\nfor i in 1 2; do ${test}; X=2; done`],
    ['is the variable of a loop', `X=1\nfor X in 1 2; do :; done\n${test}`],
    ['is set in a function that may be called', `set_x() { X=2; }\nX=1\n[ -n "$NOBODY" ] && set_x\n${test}`],
    ['is set in a function that is called again', `next() { ${test}; X=2; }\nX=1\nfor i in 1 2; do next; done`],
    [
      'is handed to a function from one that is',
      `f() { if [ "$1" = 1 ]; then ${ADDS}; fi; }\nif [ -n "$A" ]; then X=1; fi\nf "$X"`,
    ],
    ['is read from a person', `X=1\nread -r X\n${test}`],
    ['is counted', `X=0\n((X++))\n${test}`],
    ['is taken away', `X=1\nunset X\n${test}`],
    ['is an argument behind others', `shift\nX=1\nif [ "$1" = 1 ]; then ${ADDS}; fi`],
  ])('%s', (_, statements) => {
    expect(launches(`ARGS=()\n${statements}\n${SERVE}`)).toEqual(OPEN);
  });
});

describe('functions', () => {
  const test = `if [ "$X" = 1 ]; then ${ADDS}; fi`;
  it.each([
    ['set a variable where they are called', `set_x() { X=1; }\nX=2\nset_x\n${test}`, RUNS],
    ['see a variable as it is where they are called', `X=1\nmain() { ${test}; }\nX=2\nmain`, DOES_NOT],
    ['see what they are called with', `add() { if [ "$1" = yes ]; then ${ADDS}; fi; }\nadd yes\nadd no`, RUNS],
    ['leave no more than themselves', `f() { if [ "$X" = 1 ]; then return; fi; }\nX=1\nf\n${ADDS}`, RUNS],
  ])('%s', (_, statements, expected) => {
    expect(launches(`ARGS=()\n${statements}\n${SERVE}`)).toEqual(expected);
  });

  it('that only another program calls decide nothing by a variable that changes', () => {
    const serve = `serve() { if [ "$X" = 1 ]; then vllm serve Qwen/Qwen3-8B; else vllm serve Qwen/Qwen3-4B; fi; }`;
    expect(launches(`X=1\n${serve}\nX=2\ntrap serve EXIT\n`)).toHaveLength(2);
  });

  it('end the script where they leave it', () => {
    const script = `main() { if [ "$X" = 1 ]; then exec vllm serve Qwen/Qwen3-8B; fi; }\nX=1\nmain\nvllm serve Qwen/Qwen3-4B\n`;
    expect(launches(script).map(([model]) => model)).toEqual(['Qwen/Qwen3-8B']);
  });
});

describe('a default that whoever runs the script may replace', () => {
  it('holds for what comes behind, as any default does', () => {
    const script = `X="\${X:-}"\nARGS=()\nif [ -n "$X" ]; then ARGS+=(--max-model-len "$X"); fi\n${SERVE}`;
    expect(launches(script)).toEqual(DOES_NOT);
    expect(launches(script.replace(':-', ':-8192'))).toEqual([['Qwen/Qwen3-8B', 8192, []]]);
  });

  it('hides no launch of the other branch', () => {
    const script = `MODE="\${1:-small}"
case "$MODE" in
  small) MODEL=Qwen/Qwen3-8B ;;
  big) MODEL=Qwen/Qwen3-32B; vllm serve "$MODEL" --max-model-len 8192 ;;
esac
vllm serve "$MODEL" --max-model-len 4096
`;
    expect(launches(script)).toEqual([
      ['Qwen/Qwen3-32B', 8192, []],
      ['Qwen/Qwen3-8B', 4096, []],
    ]);
  });

  it('leaves open for the other way what that way sets', () => {
    const text = `LOCAL=false
case "\${1:-chat}" in
  chat) MODEL=org/chat ;;
  small) LOCAL=true; MODEL=org/small ;;
esac
if [ "$LOCAL" = true ]; then
  llama-server -hf "$MODEL" --ctx-size 4096
  exit
fi
vllm serve "$MODEL" --max-model-len 4096
`;
    expect(launches(text)).toEqual([
      [null, null, ['model']],
      ['org/chat', 4096, []],
    ]);
  });

  it('is an option of the script where a loop takes it from the caller', () => {
    const script = `Q=""\nwhile [ $# -gt 0 ]; do case "$1" in --len) Q="$2"; shift 2;; esac; done
ARGS=()\n[ -n "$Q" ] && ARGS+=(--max-model-len "$Q")\n${SERVE}`;
    expect(launches(script)).toEqual(DOES_NOT);
  });

  it('may be replaced by a file that is sourced behind it', () => {
    const script = `X=1\n. ./settings.sh\nif [ "$X" = 1 ]; then vllm serve Qwen/Qwen3-8B; else vllm serve Qwen/Qwen3-32B; fi\n`;
    expect(launches(script).map(([model]) => model)).toEqual(['Qwen/Qwen3-8B', 'Qwen/Qwen3-32B']);
  });
});

describe('launches in branches', () => {
  const branches = (before: string) =>
    `${before}\nif [ "$MODE" = prod ]; then\n  exec vllm serve Qwen/Qwen3-32B\nfi\nexec vllm serve Qwen/Qwen3-8B\n`;
  it('are all shown where nobody sets the variable', () => {
    expect(launches(branches(''))).toHaveLength(2);
    expect(launches(branches('MODE=${MODE:-dev}'))).toHaveLength(2);
  });

  it('are those of the branch that runs', () => {
    expect(launches(branches('MODE=prod'))).toEqual([['Qwen/Qwen3-32B', null, []]]);
    expect(launches(branches('MODE=dev'))).toEqual([['Qwen/Qwen3-8B', null, []]]);
  });

  it('are those for the container’s own variables, with edits in the script', () => {
    const files: Record<string, string> = {
      'compose.yaml':
        'services:\n  llm:\n    image: vllm/vllm-openai:v0.11.0\n    entrypoint: /start.sh\n    environment: {MODE: prod}\n    volumes: ["./start.sh:/start.sh"]\n',
      'start.sh': `#!/bin/sh\ncase "$MODE" in\n  prod) vllm serve Qwen/Qwen3-32B --max-model-len 8192 ;;\n  *) vllm serve Qwen/Qwen3-8B --max-model-len 4096 ;;\nesac\n`,
    };
    const read = (path: string) => (path in files ? { path, text: files[path] ?? '' } : null);
    const context = { engines, read };
    const file = { path: 'compose.yaml', text: files['compose.yaml'] ?? '' };
    const { deployments } = extractAll([file], context);
    expect(deployments.map(({ model }) => model?.value)).toEqual(['Qwen/Qwen3-32B']);
    const [found] = deployments;
    const edits = found && editArgument(found, 'max_model_len', 2048, context, new Map([[file.path, file]]));
    expect(edits && !('reason' in edits) && applyEdits(files['start.sh'] ?? '', edits)).toBe(
      files['start.sh']?.replace('8192', '2048'),
    );
    files['compose.yaml'] = files['compose.yaml']?.replace('{MODE: prod}', '[MODE]') ?? '';
    const open = extractAll([{ path: 'compose.yaml', text: files['compose.yaml'] }], context).deployments;
    expect(open.map(({ model }) => model?.value)).toEqual(['Qwen/Qwen3-32B', 'Qwen/Qwen3-8B']);
  });
});

describe('scripts made to take long', () => {
  it.each([
    ['tests of defaults', `if [ -n "\${X:-}" ]; then a=1; else b=2; fi\n`],
    ['functions with tests', `f() { X=1; if [ "$X" = 1 ]; then :; fi; }\n`],
    ['cases', `case "\${X:-a}" in a|b) : ;; *) y=1 ;; esac\n`],
    ['chains', `[ "$X" = 1 ] && Y=2 || Z=3\n`],
  ])('%s', (_, line) => {
    const text = `#!/bin/sh\n${line.repeat(Math.floor(500_000 / line.length))}vllm serve Qwen/Qwen3-8B\n`;
    const start = performance.now();
    expect(extractAll([{ path: 'serve.sh', text }], NOWHERE).deployments.length).toBeLessThanOrEqual(1);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('one test of very many words', () => {
    const text = `[ ${'a = a -a '.repeat(50_000)}b = b ] && vllm serve Qwen/Qwen3-8B\n`;
    expect(launches(text)).toHaveLength(1);
  });
});
