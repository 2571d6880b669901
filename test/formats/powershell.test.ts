import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };

function read(text: string) {
  return extractAll([{ path: 'run.ps1', text }], context).deployments;
}

// PowerShell docs: about_Parsing, about_Splatting, about_Quoting_Rules, about_Arrays; Start-Process; Join-Path
describe('a PowerShell script', () => {
  it.each([
    ['a plain command', 'vllm serve org/name --max-model-len 4096'],
    ['backticks', 'vllm serve org/name `\r\n    --max-model-len 4096\r\n'],
    [
      'an array',
      "$a = @(\n  'serve', 'org/name'   # the model\n  # '--max-model-len', '1'\n  '--max-model-len', 4096\n)\n& vllm $a",
    ],
    ['a splatted array', "$cli = 'serve', 'org/name', '--max-model-len', '4096'\n& 'C:\\venv\\Scripts\\vllm' @cli"],
    ['an array that grows', "$a = @('serve', 'org/name')\n$a += '--max-model-len'\n$a += @(\"4096\")\nvllm @a"],
    ['an empty text in quotes', '$extra = ""\nvllm serve org/name --api-key "" --max-model-len 4096'],
    ['variables in quotes', '$m = "name"; $len = 4096\nvllm serve "org/$m" "--max-model-len=${len}"'],
    [
      'a default of its own',
      'param([string]$Model = "org/name", [int]$Len = 4096)\nvllm serve $Model --max-model-len $Len',
    ],
    [
      'a default of the environment',
      "$m = if ($env:M) { $env:M } else { 'org/name' }\nvllm serve $m --max-model-len 4096",
    ],
    [
      'Start-Process',
      "Start-Process -FilePath 'vllm' -ArgumentList 'serve', 'org/name', '--max-model-len', '4096' -NoNewWindow",
    ],
    ['one text of arguments', 'Start-Process vllm -ArgumentList "serve org/name --max-model-len 4096" -Wait'],
    [
      'Linux beside Windows',
      'wsl -d Ubuntu -- bash -lc "source v/bin/activate && vllm serve org/name --max-model-len 4096"',
    ],
    ['a comment in between', 'vllm serve <# which #> org/name --max-model-len 4096 # done'],
    ['a function', 'function Start-It {\n  vllm serve org/name --max-model-len 4096\n}\nStart-It'],
  ])('with %s', (_title, text) => {
    const [found, ...more] = read(text);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ format: 'powershell', model: { value: 'org/name' }, unresolved: [] });
    expect(found?.arguments.get('max_model_len')?.value).toBe(4096);
  });

  it('runs a container with a variable image', () => {
    const text =
      "$image = 'vllm/vllm-openai:v0.9.0'\n$d = @('run', '--gpus', '\"device=0,1\"', $image) + @('--model', 'org/name')\n& docker @d";
    expect(read(text)).toMatchObject([
      { engine: { version: '0.9.0' }, model: { value: 'org/name' }, gpuRequest: { count: { value: 2 } } },
    ]);
  });

  it('joins paths as far as they are known', () => {
    const script = (root: string) => `$root = ${root}\n$m = Join-Path $root 'name'\nvllm serve $m --max-model-len 4096`;
    expect(read(script("'D:\\models'"))[0]?.model?.value).toBe('D:\\models\\name');
    expect(read(script('$PSScriptRoot'))[0]?.unresolved).toMatchObject([{ name: 'model', text: 'name' }]);
  });

  it('leaves open what only the run knows', () => {
    const text =
      '$len = 4096\nif ($env:SMALL) { $len = 1024 }\n$tp = (Get-Gpu).Count\nvllm serve $Model --max-model-len $len -tp $tp';
    expect(
      read(text)[0]
        ?.unresolved.map(({ name }) => name)
        .toSorted(),
    ).toEqual(['max_model_len', 'model', 'tensor_parallel_size']);
  });

  it.each([
    ['--max-model-len 4096', 'vllm serve org/name `\n  --max-model-len 4096 `\n  --dtype half'],
    ["'4096'", "$a = @('serve', 'org/name', '--max-model-len', '4096')\nvllm @a"],
  ])('is edited at %s', (_title, text) => {
    const file = { path: 'run.ps1', text };
    const [found] = extractAll([file], context).deployments;
    const edits = found && editArgument(found, 'max_model_len', 8192, context, new Map([[file.path, file]]));
    if (!edits || 'reason' in edits) throw new Error(JSON.stringify(edits));
    expect(applyEdits(text, edits)).toBe(text.replace('4096', '8192'));
  });

  it.each([
    ['prints', 'Write-Host "vllm serve org/name"'],
    ['asks for it', 'Get-Process llama-server | Stop-Process'],
    ['is no script', 'vllm'],
  ])('is none where it only %s', (_title, text) => {
    expect(read(text)).toEqual([]);
  });

  it.each([
    ['brackets', '('.repeat(50_000)],
    ['quotes', `vllm ${'"'.repeat(50_000)}`],
    ['values that hold themselves', `# vllm\n$a = "xx"\n${'$a = "$a$a"\n'.repeat(300)}vllm serve $a`],
    ['arrays that hold themselves', `# vllm\n$a = @(1,2)\n${'$a += $a\n'.repeat(500)}vllm @a`],
  ])('ends in time with %s', (_title, text) => {
    const start = performance.now();
    read(text);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

// PowerShell docs, Invoke-Expression: a text is run as a command.
describe('a function of the script’s own that is given a program', () => {
  const args = "$own = @('serve', 'org/name', '--max-model-len', '4096')\n";
  it.each([
    ['called', `${args}Start-Tracked -Name chat -FilePath vllm -Args $own -LogDir logs\n`],
    ['kept', `${args}$pids['chat'] = Start-Tracked -FilePath vllm -ArgumentList $own\n`],
    [
      'handed on',
      `${args}$pids['chat'] = Save-Process (Start-Tracked -Name chat -FilePath vllm \`\n  -Args $own -LogDir logs)\n`,
    ],
  ])('%s', (_, text) => {
    const [found, ...others] = read(text);
    expect([found?.model?.value, found?.arguments.get('max_model_len')?.value, others]).toEqual(['org/name', 4096, []]);
  });
});

it('shows a text of several lines, or gives it to a program', () => {
  const text = (to: string): string => `@'\nvllm serve org/name (the model)\n'@${to}\nWrite-Host done\n`;
  expect([text(''), text(' | Write-Host')].map((one) => read(one))).toEqual([[], []]);
  expect(read(text(' | wsl bash'))).toHaveLength(1);
});

it('a command that a script puts together as a text is said', () => {
  const text = `$binary = "$root\\build\\bin\\llama-server"\n$command = $binary + " " + ($arguments -join " ")\nInvoke-Expression $command\n`;
  const { deployments, unsupported } = extractAll([{ path: 'run.ps1', text }], context);
  expect(deployments).toEqual([]);
  expect(unsupported).toMatchObject([{ name: 'llama-server', place: { line: 1 } }]);
  const shown = 'Write-Host "starts bin\\llama-server"\nGet-Date\n';
  expect(extractAll([{ path: 'run.ps1', text: shown }], context).unsupported).toEqual([]);
});
