/** A file that has more than a reader takes: what is counted, its path, its text, and the files beside it. */
export type Over = readonly [what: string, path: string, text: string, others?: Readonly<Record<string, string>>];

export function times(count: number, write: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => write(index)).join('');
}

/** `a:` within `a:`, and what stands in the innermost. */
function nested(depth: number, inside: string): string {
  return `${'{a: '.repeat(depth)}${inside}${'}'.repeat(depth)}`;
}

export const SERVE = 'vllm serve Qwen/Qwen3-8B --max-model-len 8192';
const ARGS = 'args: [--model, Qwen/Qwen3-8B, --max-model-len, "8192"]';
const CONTAINER = `{name: vllm, image: "vllm/vllm-openai:v0.19.0", ${ARGS}}`;
const POD = `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [${CONTAINER}]}\n`;
const EMPTY = '---\napiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: s}\n';
const SERVICE = 'services:\n  vllm:\n    image: vllm/vllm-openai:v0.19.0\n    command: [--model, Qwen/Qwen3-8B]\n';
const VALUES = 'image: vllm/vllm-openai:v0.19.0\nmodel: Qwen/Qwen3-8B\nmaxModelLen: 8192\n';
const UNIT = `[Service]\nExecStart=${SERVE}\n`;
const FROM = 'FROM vllm/vllm-openai:v0.19.0\n';
const PYTHON = `import subprocess\nsubprocess.run(["vllm", "serve", "Qwen/Qwen3-8B"])\n`;
const TASK =
  'driver = "docker"\nconfig {\n image = "vllm/vllm-openai:v0.19.0"\n args = ["--model", "Qwen/Qwen3-8B"]\n}\n';
const BESIDE = { 'pod.yaml': POD };

export function llamaSwap(count: number): string {
  return `models:\n${times(count, (index) => `  m${index}:\n    cmd: llama-server -m /models/m${index}.gguf -c 8192\n`)}`;
}

function kustomization(text: string): string {
  return `kind: Kustomization\nresources: [pod.yaml]\n${text}`;
}

function application(source: string): string {
  return `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: vllm}\nspec: {${source}}\n`;
}

function terraform(inside: string): string {
  return `resource "aws_thing" "vllm" {\n${inside}\n}\n`;
}

/** Files over each limit. What stands behind the limit speaks of an engine. */
export const OVER: readonly Over[] = [
  [
    'containers of a model',
    'deploy.py',
    `import boto3\nboto3.client("sagemaker").create_model(Containers=[${times(16, (i) => `{"Image": "vllm/vllm-openai:v0.19.0", "Environment": {"SM_VLLM_MODEL": "m${i}"}}, `)}])\n`,
  ],
  [
    'characters of an INI file',
    'models.ini',
    `[a]\nmodel = a.gguf\nngl = 99\n${'; a line of remarks about a llama-server\n'.repeat(7_000)}`,
  ],
  ['lines of an INI file', 'models.ini', `[a]\nmodel = a.gguf\nngl = 99\n${'; llama-server\n'.repeat(5_001)}`],
  [
    'outputs of functions',
    'run.sh',
    `#!/bin/sh\noptions() { echo --port 8000; }\n${times(201, (i) => `vllm serve m${i} $(options)\n`)}`,
  ],
  [
    'words of a function',
    'run.sh',
    `#!/bin/sh\noptions() { echo ${times(502, (i) => `w${i} `)}; }\nvllm serve Qwen/Qwen3-8B $(options)\n`,
  ],
  [
    'GPUs that a node may have',
    'p.yaml',
    `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: nvidia.com/gpu.product, operator: In, values: [${times(21, (i) => `G${i}, `)}]}]}]}}}\n  containers: [${CONTAINER}]\n`,
  ],
  [
    'GPUs that a task may run on',
    'serve.dstack.yml',
    `type: service\nresources: {gpu: {name: [${times(21, (i) => `G${i}, `)}]}}\nimage: vllm/vllm-openai:v0.19.0\ncommands: [vllm serve m]\n`,
  ],
  [
    'GPUs that will do',
    'app.py',
    `import modal, subprocess\n@app.function(gpu=[${times(21, (i) => `"G${i}", `)}])\n@modal.web_server(8000)\ndef serve():\n    subprocess.Popen("vllm serve m", shell=True)\n`,
  ],
  ['actions of a template', 'templates/d.yaml', `${POD}${times(5_001, () => '# {{ .Values.a }}\n')}# vllm serve m\n`],
  [
    'annotations',
    'p.yaml',
    `apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations: {${times(51, (i) => `a${i}: b, `)}}\nspec: {containers: [${CONTAINER}]}\n`,
  ],
  [
    'presets',
    'q.yaml',
    `apiVersion: serving.kserve.io/v1alpha1\nkind: LLMInferenceService\nmetadata: {name: q}\nspec:\n  baseRefs: [${times(21, (i) => `{name: p${i}}, `)}]\n  model: {uri: hf://Qwen/Qwen3-8B, name: vllm}\n`,
  ],
  [
    'options of a template',
    'values.yaml',
    VALUES,
    { 'Chart.yaml': 'name: a\n', 'templates/d.yaml': times(201, () => '--max-model-len={{ .Values.len }}\n') },
  ],
  [
    'templates of a chart',
    'values.yaml',
    VALUES,
    {
      'Chart.yaml': 'name: a\n',
      ...Object.fromEntries(Array.from({ length: 41 }, (_, i) => [`templates/${i}.yaml`, 'a: 1\n'])),
    },
  ],
  [
    'launches of a file in another language',
    'all.nix',
    `{\n${times(21, (i) => `  s${i}.ExecStart = "vllm serve org/m${i} --port ${i}";\n`)}}\n`,
  ],
  ['bases of a class', 'a.py', `class A(${times(21, (i) => `B${i}, `)}):\n  pass\n${PYTHON}`],
  [
    'calls of functions',
    'a.sh',
    `#!/bin/sh\nf() { true; }\ng() {\n${times(100, () => 'f\n')}}\n${times(51, () => 'g\n')}${SERVE}\n`,
  ],
  ['calls of a program', 'a.py', `${times(20_001, () => 'f()\n')}${PYTHON}`],
  ['characters of HCL', 'a.tf', `${terraform(`user_data = "${SERVE}"`)}${'# x\n'.repeat(140_000)}`],
  [
    'characters of a Dockerfile',
    'Dockerfile',
    `${FROM}CMD ["${SERVE.replaceAll(' ', '", "')}"]\n${'# x\n'.repeat(60_000)}`,
  ],
  ['characters of a Modelfile', 'Modelfile', `FROM llama3.1:8b\nPARAMETER num_ctx 8192\n${'# x\n'.repeat(140_000)}`],
  ['characters of a PowerShell script', 'a.ps1', `${SERVE}\n${'# x\n'.repeat(70_000)}`],
  ['characters of a batch file', 'a.bat', `@echo off\n${SERVE}\n${'rem x\n'.repeat(50_000)}`],
  [
    'characters of a file of variables',
    'compose.yaml',
    `${SERVICE}    env_file: big.env\n`,
    { 'big.env': 'A=1\n'.repeat(70_000) },
  ],
  ['characters of a justfile', 'justfile', `serve:\n    ${SERVE}\n${'# x\n'.repeat(70_000)}`],
  ['characters of a makefile', 'Makefile', `serve:\n\t${SERVE}\n${'# x\n'.repeat(140_000)}`],
  ['characters of a program', 'a.py', `${PYTHON}${'# x\n'.repeat(270_000)}`],
  ['characters of a unit', 'vllm.service', `${UNIT}${'# x\n'.repeat(70_000)}`],
  ['characters of YAML', 'p.yaml', `${POD}${'# x\n'.repeat(270_000)}`],
  [
    'charts',
    'kustomization.yaml',
    `kind: Kustomization\nhelmCharts:\n${times(21, (i) => `- {name: vllm${i}, valuesInline: {image: "vllm/vllm-openai:v0.19.0", model: a/b, maxModelLen: ${i}}}\n`)}`,
  ],
  ['classes of a program', 'a.py', `${times(5_001, (i) => `class C${i}: pass\n`)}${PYTHON}`],
  ['functions of a program', 'a.py', `${times(5_001, (i) => `def f${i}(): pass\n`)}${PYTHON}`],
  ['returned values of a program', 'a.py', `def f():\n  return ["a"]\n${times(20_001, () => 'x = f()\n')}${PYTHON}`],
  ['commands of a batch file', 'a.bat', `@echo off\n${times(5_001, () => 'echo x\n')}${SERVE}\n`],
  ['commands of a script', 'a.sh', `#!/bin/sh\n${times(5_000, () => 'true\n')}${SERVE}\n`],
  ['commands within commands', 'a.bat', `${'cmd /c '.repeat(5)}${SERVE}\n`],
  [
    'configs of a program',
    'a.py',
    `from ray.serve.llm import LLMConfig\n${times(61, (i) => `LLMConfig(model_loading_config={"model_id": "m${i}", "model_source": "a/b${i}"}) # LLM(\n`)}`,
  ],
  [
    'configs of models',
    'serve.yaml',
    `applications:\n- args:\n    llm_configs:\n${times(101, (i) => `    - {model_loading_config: {model_id: m${i}}, engine_kwargs: {max_model_len: ${i + 1}}}\n`)}`,
  ],
  [
    'containers of a resource',
    'a.tf',
    terraform(times(51, (i) => `c${i} {\n image = "vllm/vllm-openai:v0.19.0"\n command = ["--model", "a/b${i}"]\n}\n`)),
  ],
  [
    'copies of a resource',
    'a.tf',
    terraform(`for_each = toset([${times(21, (i) => `"a/b${i}", `)}])\nuser_data = "vllm serve \${each.key}"`),
  ],
  ['documents', 'all.yaml', `${times(1_000, () => EMPTY)}---\n${POD}`],
  [
    'documents of a kustomization',
    'kustomization.yaml',
    'kind: Kustomization\nimages: [] # vllm serve m\nresources: [all.yaml]\n',
    { 'all.yaml': times(301, (i) => `---\n${POD.replace('name: p', `name: p${i}`)}`) },
  ],
  [
    'elements of an ApplicationSet',
    'a.yaml',
    `apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec:\n  generators: [{list: {elements: [${times(51, (i) => `{model: a/b${i}}, `)}]}}]\n  template: {spec: {source: {helm: {valuesObject: {image: "vllm/vllm-openai:v0.19.0", model: "{{model}}"}}}}}\n`,
  ],
  [
    'engines of a file of values',
    'values.yaml',
    times(
      1_001,
      (i) => `s${i}: {image: {repository: vllm/vllm-openai, tag: v0.19.0}, model: a/b, maxModelLen: ${i + 1}}\n`,
    ),
  ],
  ['expressions of HCL', 'a.tf', `x = [${'1,'.repeat(60_000)}]\n${terraform(`user_data = "${SERVE}"`)}`],
  [
    'expressions of a justfile',
    'justfile',
    `a := "1"\nserve:\n${times(2_001, () => '    echo {{a}}\n')}    vllm serve a/b --max-model-len {{a}}\n`,
  ],
  [
    'files of a kustomization',
    'kustomization.yaml',
    `kind: Kustomization\nimages: []\nresources: [${times(401, (i) => `vllm${i}.yaml, `)}]\n`,
    Object.fromEntries(Array.from({ length: 401 }, (_, i) => [`vllm${i}.yaml`, POD.replace('name: p', `name: p${i}`)])),
  ],
  [
    'files of one COPY',
    'Dockerfile',
    `${FROM}COPY ${times(21, (i) => `s${i}.sh `)} /app/\nENTRYPOINT ["/app/s20.sh"]\n# vllm serve m\n`,
  ],
  [
    'files of values',
    'a.yaml',
    application(
      `source: {path: chart, helm: {valueFiles: [${times(20, (i) => `v${i}.yaml, `)}], valuesObject: {image: "vllm/vllm-openai:v0.19.0", model: a/b}}}`,
    ),
  ],
  [
    'files of variables of a service',
    'compose.yaml',
    `${SERVICE}    env_file: [${times(11, (i) => `${i}.env, `)}]\n# vllm serve m\n`,
  ],
  [
    'files of variables of a unit',
    'vllm.service',
    `[Service]\n${times(11, (i) => `EnvironmentFile=/etc/${i}.env\n`)}ExecStart=${SERVE}\n`,
  ],
  [
    'files within a file',
    'init.yaml',
    `#cloud-config\nwrite_files:\n${times(201, (i) => `- {path: /opt/${i}.sh, content: "#!/bin/sh\\n${SERVE}\\n"}\n`)}`,
  ],
  [
    'here-documents of an instruction',
    'Dockerfile',
    `${FROM}CMD ./a.sh\nRUN cat ${times(11, (i) => `<<E${i} `)}\n${times(11, (i) => `${SERVE}\nE${i}\n`)}`,
  ],
  [
    'images',
    'kustomization.yaml',
    kustomization(`images: [${times(101, (i) => `{name: vllm/vllm-openai${i}, newTag: a}, `)}]\n`),
    BESIDE,
  ],
  ['includes of a makefile', 'Makefile', `include ${times(6, (i) => `${i}.mk `)}\nserve:\n\t${SERVE}\n`],
  ['instructions of a Dockerfile', 'Dockerfile', `${FROM}${'ENV A=1\n'.repeat(2_000)}CMD ${SERVE}\n`],
  ['instructions of a Modelfile', 'Modelfile', `FROM llama3.1:8b\n${'PARAMETER stop a\n'.repeat(2_001)}`],
  ['items of a list', 'a.tf', terraform(`user_data = "${SERVE}"\nx = [${'1,'.repeat(2_001)}]`)],
  ['items of a loop', 'a.tf', terraform(`user_data = "${SERVE}"\nx = [for a in [${'1,'.repeat(201)}] : a]`)],
  [
    'items that are set by their number',
    'a.yaml',
    application(
      'source: {helm: {valuesObject: {image: "vllm/vllm-openai:v0.19.0", model: a/b}, parameters: [{name: "servers[200].vllm", value: "1"}]}}',
    ),
  ],
  [
    'labels',
    'p.yaml',
    `apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  labels: {${times(101, (i) => `l${i}: a, `)}}\nspec: {containers: [${CONTAINER}]}\n`,
  ],
  [
    'launches of a program',
    'a.py',
    `import subprocess\n${times(301, (i) => `subprocess.run(["vllm", "serve", "a/b${i}"])\n`)}`,
  ],
  ['levels of HCL', 'a.tf', terraform(`x = ${'['.repeat(90)}1${']'.repeat(90)}\nuser_data = "${SERVE}"`)],
  ['levels of YAML', 'p.yaml', `x: ${nested(101, '1')}\n---\n${POD}`],
  [
    'levels of a dict',
    'a.py',
    `import kubernetes\nx.create(${'{"a": '.repeat(14)}{"image": "vllm/vllm-openai:v0.19.0", "args": ["--model", "a/b"]}${'}'.repeat(14)})\n${PYTHON}`,
  ],
  [
    'levels of a name that is set',
    'a.yaml',
    application(
      `source: {helm: {valuesObject: {image: "vllm/vllm-openai:v0.19.0", model: a/b}, parameters: [{name: "${'a.'.repeat(13)}b", value: "1"}]}}`,
    ),
  ],
  [
    'levels of a patch',
    'kustomization.yaml',
    kustomization(
      `patches: [{patch: "kind: Pod\\nmetadata: {name: p}\\nspec: ${nested(70, '1')}\\n"}]\n# vllm serve m\n`,
    ),
    { 'pod.yaml': POD.replace('spec: {', `spec: {${nested(70, '1').slice(1, -1)}, `) },
  ],
  ['levels of a program', 'a.py', `x = ${'('.repeat(160)}1${')'.repeat(160)}\n${PYTHON}`],
  ['levels of blocks', 'a.tf', `${'a {\n'.repeat(62)}${terraform(`user_data = "${SERVE}"`)}${'}\n'.repeat(62)}`],
  [
    'levels of classes',
    'a.py',
    `class C0: pass\n${times(10, (i) => `class C${i + 1}(C${i}): pass\n`)}x = C10()\nx.run\n${PYTHON}`,
  ],
  ['levels of conditions', 'Makefile', `${times(100, () => 'ifeq (1,1)\n')}serve:\n\t${SERVE}\n`],
  [
    'levels of groups',
    'a.nomad',
    `job "a" {\n${'group "g" {\n'.repeat(6)}task "vllm" {\n${TASK}}\n${'}\n'.repeat(6)}}\n`,
  ],
  [
    'levels of kustomizations',
    'kustomization.yaml',
    'kind: Kustomization\nimages: []\nresources: [vllm]\n',
    Object.fromEntries(
      Array.from({ length: 9 }, (_, i) => [
        `${'vllm/'.repeat(i + 1)}kustomization.yaml`,
        `kind: Kustomization\nresources: [vllm]\n`,
      ]),
    ),
  ],
  [
    'levels of modules',
    'a.tf',
    'module "vllm" {\n source = "./m1"\n}\n',
    Object.fromEntries(
      Array.from({ length: 4 }, (_, i) => [`${'m1/'.repeat(i + 1)}main.tf`, 'module "vllm" {\n source = "./m1"\n}\n']),
    ),
  ],
  [
    'levels of services',
    'compose.yaml',
    `services:\n  vllm:\n    extends: s0\n${times(8, (i) => `  s${i}:\n    image: vllm/vllm-openai:v0.19.0\n    command: [--model, a/b]\n    extends: s${i + 1}\n`)}  s8: {environment: {A: vllm}}\n`,
  ],
  ['levels of statements', 'a.sh', `#!/bin/sh\n${'if true; then\n'.repeat(80)}${SERVE}\n${'fi\n'.repeat(80)}`],
  ['levels of values', 'a.tf', terraform(`user_data = "${SERVE}"\nx = ${'{a = '.repeat(61)}1${'}'.repeat(61)}`)],
  ['lines of a file of variables', 'vllm.env', `MAX_MODEL_LEN=8192\nMODEL=Qwen/Qwen3-8B\n${'A=1\n'.repeat(2_000)}`],
  ['lines of a justfile', 'justfile', `${'\n'.repeat(10_000)}serve:\n    ${SERVE}\n`],
  ['lines of a makefile', 'Makefile', `${'\n'.repeat(20_000)}serve:\n\t${SERVE}\n`],
  [
    'lines of an instruction',
    'Dockerfile',
    `${FROM}CMD vllm serve a/b ${'\\\n x'.repeat(1_001)}\\\n --max-model-len 8192\n`,
  ],
  [
    'features of a node',
    'a.sh',
    `#!/bin/bash\n#SBATCH --gres=gpu:1 --constraint=${times(41, (i) => `a${i}|`)}\n${SERVE}\n`,
  ],
  ['lines of directives', 'a.sh', `#!/bin/bash\n${'#SBATCH --nodes=1\n'.repeat(201)}${SERVE}\n`],
  [
    'lines of properties',
    'serving.properties',
    `engine=Python\noption.model_id=a/b\noption.rolling_batch=vllm\n${'option.a=1\n'.repeat(2_000)}`,
  ],
  ['models', 'config.yaml', llamaSwap(501)],
  [
    'models of one image',
    'values.yaml',
    `image: vllm/vllm-openai:v0.19.0\nmodels:\n${times(1_001, (i) => `- {name: m${i}, model: a/b${i}, maxModelLen: 8192}\n`)}`,
  ],
  ['models of one server', 'a.sh', `#!/bin/sh\nollama serve &\n${times(11, (i) => `ollama pull llama${i}:8b\n`)}`],
  [
    'mounts of a service',
    'compose.yaml',
    `${SERVICE}    volumes: [${times(101, (i) => `"./${i}:/${i}", `)}]\n# vllm serve m\n`,
  ],
  ['operands of HCL', 'a.tf', terraform(`x = 1${' + 1'.repeat(201)}\nuser_data = "${SERVE}"`)],
  [
    'operations of a patch',
    'kustomization.yaml',
    kustomization(
      `patches:\n- target: {kind: Pod}\n  patch: |\n${times(501, (i) => `    - {op: add, path: /metadata/labels/l${i}, value: vllm}\n`)}`,
    ),
    BESIDE,
  ],
  ['options of a directive', 'a.sh', `#!/bin/bash\n#SBATCH ${'--x=1 '.repeat(41)}\n${SERVE}\n`],
  ['parameters of a recipe', 'justfile', `serve ${times(51, (i) => `a${i}="1" `).slice(0, 450)}:\n    ${SERVE}\n`],
  [
    'parameters of a release',
    'a.yaml',
    application(
      `source: {helm: {valuesObject: {image: "vllm/vllm-openai:v0.19.0", model: a/b}, parameters: [${times(501, (i) => `{name: vllm.a${i}, value: "1"}, `)}]}}`,
    ),
  ],
  ['parts of a word', 'a.ps1', `${SERVE} --x ${'$a'.repeat(5_001)}\n# vllm serve m\n`],
  [
    'patches',
    'kustomization.yaml',
    kustomization(`patches:\n${times(301, () => '- {patch: "kind: Pod\\nmetadata: {name: p}\\n"}\n')}# vllm serve m\n`),
    BESIDE,
  ],
  [
    'profiles of a service',
    'compose.yaml',
    `${SERVICE}    profiles: [${times(101, (i) => `p${i}, `)}]\n# vllm serve m\n`,
  ],
  [
    'releases',
    'a.yaml',
    times(
      201,
      (i) =>
        `---\n${application(`source: {helm: {valuesObject: {image: "vllm/vllm-openai:v0.19.0", model: a/b${i}}}}`)}`,
    ),
  ],
  [
    'releases of a module',
    'a.tf',
    `module "vllm" {\n source = "git::https://example.com/m"\n${times(21, (i) => `r${i} = {\n chart = "vllm"\n repository = "https://example.com"\n values = ["image: vllm/vllm-openai:v1"]\n}\n`)}}\n`,
  ],
  [
    'replacements',
    'kustomization.yaml',
    kustomization(
      `replacements:\n${times(101, () => '- {source: {kind: Pod, fieldPath: spec.vllm-openai}, targets: []}\n')}`,
    ),
    BESIDE,
  ],
  [
    'resources',
    'a.yaml',
    `Resources:\n${times(501, (i) => `  R${i}: {Type: "AWS::SageMaker::Model", Properties: {PrimaryContainer: {Image: "djl-inference:0.33.0-lmi15", Environment: {HF_MODEL_ID: a/b, OPTION_MAX_MODEL_LEN: "8192"}}}}\n`)}`,
  ],
  ['scripts of a resource', 'a.tf', terraform(times(61, (i) => `p${i} {\n inline = ["vllm serve a/b${i}"]\n}\n`))],
  [
    'files that a script takes its variables from',
    'a.sh',
    `#!/bin/sh\n${times(41, () => '. ./x.env\n')}${SERVE}\n`,
    { 'x.env': 'A=1\n' },
  ],
  [
    'files within files',
    'a.sh',
    `#!/bin/sh\n. ./0.sh\n${SERVE}\n`,
    Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${i}.sh`, `. ./${i + 1}.sh\n`])),
  ],
  [
    'functions within functions',
    'a.sh',
    `#!/bin/sh\n${times(21, (i) => `f${i}() { f${i + 1}; }\n`)}f21() { ${SERVE}; }\nf0\n`,
  ],
  ['statements of functions', 'a.sh', `#!/bin/sh\nf() {\n${times(20_001, () => 'A=1\n')}${SERVE}\n}\nf\n`],
  [
    'scripts within scripts',
    'a.sh',
    `#!/bin/sh\n${times(5, (i) => `bash -c ${'\\'.repeat(2 ** i - 1)}"`)}${SERVE}${times(5, (i) => `${'\\'.repeat(2 ** (4 - i) - 1)}"`)}\n`,
  ],
  [
    'sections of values',
    'values.yaml',
    `${VALUES}${times(20_001, (i) => `s${i}: {a: 1}\n`)}vllm: {image: "vllm/vllm-openai:v0.19.0"}\n`,
  ],
  [
    'sections with settings of an engine',
    'models.yaml',
    `models:\n${times(201, (i) => `- {model: a/b${i}, gpu_memory_utilization: 0.9, max_model_len: 1, tensor_parallel_size: 1}\n`)}`,
  ],
  [
    'services',
    'compose.yaml',
    `services:\n${times(1_000, (i) => `  s${i}: {image: redis}\n`)}${SERVICE.replace('services:\n', '')}`,
  ],
  ['settings of a unit', 'vllm.service', `[Unit]\n${'After=a\n'.repeat(5_000)}${UNIT}`],
  [
    'sources of an application',
    'a.yaml',
    application(
      `sources: [${times(21, (i) => `{helm: {valuesObject: {image: "vllm/vllm-openai:v0.19.0", model: a/b${i}}}}, `)}]`,
    ),
  ],
  ['statements of a PowerShell script', 'a.ps1', `${'$a = 1\n'.repeat(20_000)}${SERVE}\n`],
  ['statements of a batch file', 'a.bat', `@echo off\n${'set A=1\n'.repeat(20_000)}${SERVE}\n`],
  ['statements of a template', 'a.sh', `#!/bin/sh\n${'{% if a %}{% endif %}\n'.repeat(1_001)}${SERVE}\n`],
  ['steps of a program', 'a.py', `${times(26_000, (i) => `a${i} = [1, 2, 3, 4, 5, 6, 7]\n`)}${PYTHON}`],
  [
    'templates of a task',
    'a.nomad',
    `job "a" {\n group "g" {\n task "vllm" {\n${TASK}${times(21, () => `template {\n data = "${SERVE}"\n}\n`)}}\n}\n}\n`,
  ],
  [
    'turns of one call',
    'a.py',
    `import subprocess\ndef run(m):\n  subprocess.run(["vllm", "serve", m])\n${times(13, (i) => `run("a/b${i}")\n`)}`,
  ],
  [
    'values',
    'models.yaml',
    `x: [${'1,'.repeat(50_000)}]\nmodels: [{model: a/b, gpu_memory_utilization: 0.9, max_model_len: 1}]\n`,
  ],
  [
    'values of a resource',
    'p.yaml',
    `apiVersion: example.com/v1\nkind: Engine\nmetadata: {name: e}\nx: [${'{},'.repeat(5_001)}]\nspec: {containers: [${CONTAINER}]}\n`,
  ],
  [
    'values that are set by name',
    'a.tf',
    `resource "helm_release" "vllm" {\n chart = "vllm"\n values = ["image: vllm/vllm-openai:v0.19.0\\nmodel: a/b"]\n${times(501, (i) => `set {\n name = "a${i}"\n value = "1"\n}\n`)}}\n`,
  ],
  ['values through aliases', 'p.yaml', `x: &x [${'1,'.repeat(1_000)}]\ny: [${'*x,'.repeat(21)}]\n---\n${POD}`],
  [
    'variables of a ConfigMap',
    'kustomization.yaml',
    kustomization('configMapGenerator: [{name: vllm, envs: [vllm.env]}]\n'),
    { ...BESIDE, 'vllm.env': times(1_001, (i) => `A${i}=1\n`) },
  ],
  [
    'variables of a file',
    'compose.yaml',
    `${SERVICE}    env_file: big.env\n`,
    { 'big.env': times(5_001, (i) => `A${i}=1\n`) },
  ],
  ['variables of a program', 'a.py', `import os\n${times(501, (i) => `os.environ["A${i}"] = "1"\n`)}${PYTHON}`],
  [
    'words of a command',
    'compose.yaml',
    `services:\n  vllm:\n    image: vllm/vllm-openai:v0.19.0\n    command: --model a/b ${'x '.repeat(20_001)} --max-model-len 8192\n`,
  ],
  ['words of a list', 'a.sh', `#!/bin/bash\nA=(${'x '.repeat(20_001)})\nvllm serve a/b "\${A[@]}"\n`],
  [
    'characters of the values of a chart',
    'templates/d.yaml',
    `${POD.replace('"8192"', '"{{ .Values.len }}"')}`,
    { 'values.yaml': 'len: 8192\n', 'values-a.yaml': `len: 1\n${'# x\n'.repeat(140_000)}` },
  ],
  [
    'files of values of a chart',
    'templates/d.yaml',
    `${POD.replace('"8192"', '"{{ .Values.len }}"')}`,
    {
      'values.yaml': 'len: 8192\n',
      ...Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`values-${i}.yaml`, `len: ${i}\n`])),
    },
  ],
  [
    'ways to start a Compose file',
    'compose.yaml',
    `${SERVICE}    environment: ["A=\${A}"]\n`,
    { 'up.sh': times(13, (i) => `A=${i} docker compose up -d\n`) },
  ],
];

/** Limits behind which no file gets, and why. */
export const OUT_OF_REACH: Readonly<Record<string, string>> = {
  'levels of lists': 'lists that are deeper are read as a config of the team’s own',
  'ways out of a loop': 'what the other ways set is shown as open',
};

/** Files that have just as many as are read, and how many launches that are. */
export const WITHIN: readonly (readonly [what: string, path: string, text: string, count: number])[] = [
  ['models', 'config.yaml', llamaSwap(500), 500],
  ['commands', 'a.sh', `#!/bin/sh\n${times(4_999, () => 'true\n')}${SERVE}\n`, 1],
  ['documents', 'all.yaml', `${times(499, () => EMPTY)}---\n${POD}`, 1],
  ['instructions', 'Dockerfile', `${FROM}${'ENV A=1\n'.repeat(1_998)}CMD ${SERVE}\n`, 1],
  [
    'services',
    'compose.yaml',
    `services:\n${times(999, (i) => `  s${i}: {image: redis}\n`)}${SERVICE.replace('services:\n', '')}`,
    1,
  ],
  [
    'configs',
    'serve.yaml',
    `applications:\n- args:\n    llm_configs:\n${times(100, (i) => `    - {model_loading_config: {model_id: m${i}}, engine_kwargs: {max_model_len: ${i + 1}}}\n`)}`,
    100,
  ],
];
