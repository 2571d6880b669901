import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };

function read(text: string, path = 'vm/user-data.yaml') {
  return extractAll([{ path, text }], context).deployments;
}

function edited(text: string, argument: string, value: number | undefined, path = 'vm/user-data.yaml'): string {
  const file = { path, text };
  const [found] = extractAll([file], context).deployments;
  const edits = found && editArgument(found, argument, value, context, new Map([[path, file]]));
  if (!edits || 'reason' in edits) throw new Error(JSON.stringify(edits));
  return applyEdits(text, edits);
}

const UNIT = `#cloud-config
write_files:
  - path: /etc/systemd/system/vllm.service
    content: |
      [Service]
      EnvironmentFile=/opt/llm/vllm.env
      ExecStart=/opt/venv/bin/vllm serve \${MODEL} \\
        --max-model-len 4096 \\
        --gpu-memory-utilization 0.9
  - path: /opt/llm/vllm.env
    content: "MODEL=org/name\\nCUDA_VISIBLE_DEVICES=0,1\\n"
runcmd:
  - sudo -u llm bash -c 'pip install vllm==0.9.1'
  - systemctl enable --now vllm
`;

// cloud-init docs, module reference (write_files, runcmd) and "User data formats"
describe('user data', () => {
  // Each of these lines can be read in two ways by a careless pattern: 2^20 readings of a banner.
  it.each([
    ['\n', '## a banner of a script'],
    ['\r\n', '# a banner of Windows'],
    ['\n', ' \t\r '],
  ])('is told from other files at once (lines that end in %j)', (end, line) => {
    const started = performance.now();
    expect(read(`${`${line}${end}`.repeat(60)}vllm serve org/name\n`, 'notes.txt')).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('may have lines of a template in front', () => {
    expect(read(`## template: jinja\r\n\r\n# of a team\r\n${UNIT}`)).toHaveLength(1);
  });

  it('writes a unit and its variables, and installs what the unit runs', () => {
    expect(read(UNIT)).toMatchObject([
      {
        format: 'cloud-init',
        file: 'vm/user-data.yaml',
        name: 'vllm',
        line: 7,
        engine: { version: '0.9.1' },
        model: { value: 'org/name', place: { file: 'vm/user-data.yaml', line: 11 } },
        gpuRequest: { count: { value: 2 } },
      },
    ]);
    expect(read(UNIT)[0]?.arguments.get('gpu_memory_utilization')?.place.line).toBe(9);
  });

  it('is edited through the block that holds the unit', () => {
    expect(edited(UNIT, 'max_model_len', 8192)).toBe(UNIT.replace('4096', '8192'));
    expect(edited(UNIT, 'max_num_seqs', 16)).toBe(
      UNIT.replace('utilization 0.9\n', 'utilization 0.9 \\\n        --max-num-seqs 16\n'),
    );
  });

  it('writes a Compose file beside its variables', () => {
    const text = `#cloud-config\nwrite_files:\n- path: /srv/compose.yml\n  content: |\n    services:\n      llm:\n        image: vllm/vllm-openai:v0.8.5\n        command: [--model, "\${MODEL}", --max-model-len, "2048"]\n- path: /srv/.env\n  content: |\n    MODEL=org/name\n`;
    expect(read(text)).toMatchObject([{ name: 'llm', engine: { version: '0.8.5' }, model: { value: 'org/name' } }]);
    expect(edited(text, 'max_model_len', 1024)).toBe(text.replace('2048', '1024'));
  });

  it.each([
    ['a text', '  - docker run vllm/vllm-openai:v0.8.5 --model org/name'],
    ['lines', '  - |\n    export M=org/name\n    vllm serve $M'],
    ['words', '  - [vllm, serve, org/name]'],
    ['a shell', '  - [bash, -c, "exec vllm serve org/name"]'],
  ])('runs a command as %s', (_title, command) => {
    expect(read(`#cloud-config\nruncmd:\n${command}\n`)).toMatchObject([{ model: { value: 'org/name' } }]);
  });

  it('is read where another file holds it', () => {
    const held = `config:\n  cloud-init.user-data: |\n${UNIT.replace(/^/gm, '    ')}`;
    expect(read(held, 'lxd/profile.yaml')).toMatchObject([
      { format: 'embedded', line: 9, model: { value: 'org/name', place: { line: 13 } } },
    ]);
    expect(edited(held, 'max_model_len', 8192, 'lxd/profile.yaml')).toBe(held.replace('4096', '8192'));
  });

  it('starts an engine with a file of options that it writes', () => {
    const text = `#cloud-config\nwrite_files:\n- path: /etc/llm.yaml\n  content: |\n    max-model-len: 4096\n    max-num-seqs: 8\nruncmd:\n- vllm serve org/name --config /etc/llm.yaml\n`;
    const [found, ...more] = read(text);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ model: { value: 'org/name' }, unresolved: [] });
    expect(found?.arguments.get('max_model_len')).toMatchObject({ value: 4096, place: { line: 5 } });
    expect(edited(text, 'max_model_len', 8192)).toBe(text.replace('4096', '8192'));
  });

  it('leaves encoded content alone', () => {
    const text = `#cloud-config\nwrite_files:\n- path: /a.sh\n  encoding: b64\n  content: |\n    #!/bin/sh\n    vllm serve org/name\n`;
    expect(read(text)).toEqual([]);
  });
});

// bash manual, "Here Documents"
describe('a script that writes files', () => {
  it.each([
    [
      'cat > FILE',
      "cat > /etc/systemd/system/llm.service <<'EOF'\n[Service]\nExecStart=vllm serve org/name --max-model-len 4096\nEOF\n",
    ],
    ['tee', 'sudo tee /srv/start.sh <<EOF\n#!/bin/sh\nvllm serve org/name --max-model-len 4096\nEOF\n'],
    ['tabs in front', 'cat > start.sh <<-EOF\n\t#!/bin/sh\n\tvllm serve org/name --max-model-len 4096\n\tEOF\n'],
    [
      'variables of its own',
      'LEN=4096\nM=org/name\ncat > start.sh <<EOF\n#!/bin/sh\nvllm serve $M --max-model-len ${LEN}\nEOF\n',
    ],
    [
      'kubectl',
      'kubectl apply -f - <<EOF\napiVersion: v1\nkind: Pod\nmetadata: {name: llm}\nspec:\n  containers:\n  - name: a\n    image: vllm/vllm-openai:v0.9.0\n    args: [--model, org/name, --max-model-len, "4096"]\nEOF\n',
    ],
  ])('with %s', (_title, body) => {
    const text = `#!/bin/bash\n${body}`;
    const [found, ...more] = read(text, 'install.sh');
    expect(more).toEqual([]);
    expect(found).toMatchObject({ file: 'install.sh', model: { value: 'org/name' } });
    expect(found?.arguments.get('max_model_len')?.value).toBe(4096);
    expect(edited(text, 'max_model_len', 8192, 'install.sh')).toBe(text.replace('4096', '8192'));
  });

  it('leaves what stands behind a backslash to the file that it writes', () => {
    const text =
      '#!/bin/bash\ncat > start.sh <<EOF\n#!/bin/sh\nLEN=1024\nvllm serve org/name --max-model-len \\$LEN\nEOF\n';
    expect(read(text, 'install.sh')[0]?.arguments.get('max_model_len')?.value).toBe(1024);
  });
});
