import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { check } from '../../src/check.ts';
import type { Finding } from '../../src/finding.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { parsePolicy } from '../../src/policy/parse.ts';

const hardware = loadHardware();
const models = makeModelCatalogue(modelData);

/** What is found in a shell script on the GPUs of a policy, by rule. */
function findingsOn(script: string, policyText = 'gpus: [l4]', path = 'serve.sh'): readonly Finding[] {
  const parsed = parsePolicy({ path: '.github/headroom.yml', text: policyText }, hardware);
  if ('problems' in parsed) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  const files = [{ path, text: script }];
  const report = check({
    files,
    read: () => null,
    list: () => [],
    policy: parsed.policy,
    hardware,
    models,
    today: '2026-11-25',
    version: 'test',
  });
  return [...report.deployments.flatMap(({ findings }) => findings), ...report.findings];
}

function serve(args: string, environment = ''): string {
  return `#!/bin/bash\npip install vllm==0.19.0\n${environment}vllm serve ${args}\n`;
}

function about(rule: string, found: readonly Finding[]): readonly Finding[] {
  return found.filter((finding) => finding.rule === rule);
}

function offloaded(args: string): string {
  return `#!/bin/bash\nllama-server -m Qwen/Qwen3-14B:Q8_0 -c 8192 ${args}\n`;
}

const SMALL = 'Qwen/Qwen3-8B --max-model-len 8192';

type Found = () => readonly Finding[];

describe.each<[rule: string, speaks: Found, silent: Found, message: RegExp]>([
  [
    'headroom-below-minimum',
    () => findingsOn(serve(SMALL), 'gpus: [l4]\nminimum-free-gib: 4'),
    () => findingsOn(serve(`${SMALL} --gpu-memory-utilization 0.8`), 'gpus: [l4]\nminimum-free-gib: 2'),
    /^On l4-24gb \d\.\d\d GiB stay free at the bad end; the policy wants 4\.00 GiB\.$/,
  ],
  [
    'concurrency-below-need',
    // 36 layers × 8 heads × 128 × 2 × 2 B = 144 KiB a token: 64 requests of 8,192 tokens are 72 GiB.
    () => findingsOn(serve(SMALL), 'gpus: [l4]\nneed: { requests: 64, tokens: 8192 }'),
    () => findingsOn(serve(SMALL), 'gpus: [h100]\nneed: { requests: 16, tokens: 4096 }'),
    /^On l4-24gb \d+ requests of 8,192 tokens run at once; the policy needs 64\.$/,
  ],
  [
    'budget-outside-window',
    () => findingsOn(serve(`${SMALL} --gpu-memory-utilization 0.97`)),
    () => findingsOn(serve(`${SMALL} --gpu-memory-utilization 0.87`)),
    /^gpu_memory_utilization 0\.97 is above what fits on l4-24gb: 0\.\d\d–0\.\d\d: below, the KV cache is too small for one request of 8,192 tokens; above, \d\.\d GiB outside the budget has no room\.$/,
  ],
  [
    'budget-outside-band',
    () => findingsOn(serve(`${SMALL} --gpu-memory-utilization 0.91`)),
    // Far inside its window on this card, so the arithmetic goes before the rule of thumb.
    () => findingsOn(serve(`${SMALL} --gpu-memory-utilization 0.6`), 'gpus: [l40s]'),
    /^gpu_memory_utilization 0\.91 is outside the 0\.85–0\.9 advised for a plain deployment\.$/,
  ],
  [
    'length-above-model-limit',
    // Qwen3-8B's config.json: max_position_embeddings 40960.
    () => findingsOn(serve('Qwen/Qwen3-8B --max-model-len 65536'), 'gpus: [h100]'),
    () => findingsOn(serve('Qwen/Qwen3-8B --max-model-len 40960'), 'gpus: [h100]'),
    /^max_model_len 65,536 is above the model's own limit of 40,960 tokens \(max_position_embeddings\)\.$/,
  ],
  [
    'quantization-at-odds',
    () => findingsOn(serve('Qwen/Qwen2.5-7B-Instruct-AWQ --quantization gptq'), 'gpus: [l4]'),
    () => findingsOn(serve('Qwen/Qwen2.5-7B-Instruct-AWQ --max-model-len 8192'), 'gpus: [l4]'),
    /^quantization gptq \(the checkpoint is awq\) does not run on l4-24gb: Quantization method specified in the model config/,
  ],
  [
    'cache-dtype-unsupported',
    () => findingsOn(serve(`${SMALL} --kv-cache-dtype fp8`), 'gpus: [a100-40gb-sxm]'),
    () => findingsOn(serve(`${SMALL} --kv-cache-dtype fp8`), 'gpus: [l4]'),
    /^kv_cache_dtype fp8 wants compute capability 8\.9; a100-40gb-sxm has 8\.0\.$/,
  ],
  [
    'uneven-parallelism',
    // Qwen3-8B has 32 attention heads and 8 KV heads.
    () => findingsOn(serve(`${SMALL} -tp 3`), 'gpus: ["l4:4"]'),
    () => findingsOn(serve(`${SMALL} -tp 4`), 'gpus: ["l4:4"]'),
    /^32 attention heads cannot be spread evenly over 3 GPUs\.$/,
  ],
  [
    'uneven-pipeline-stages',
    // Qwen3-8B has 36 layers.
    () => findingsOn(serve(`${SMALL} -pp 8`), 'gpus: ["l4:8"]'),
    () => findingsOn(serve(`${SMALL} -pp 4`), 'gpus: ["l4:8"]'),
    /^36 layers make uneven stages of 8; the fullest decides\.$/,
  ],
  [
    'many-speculative-tokens',
    () =>
      findingsOn(
        serve(`${SMALL} --speculative-config '{"method":"ngram","num_speculative_tokens":5,"prompt_lookup_max":4}'`),
        'gpus: [l40s]',
      ),
    () =>
      findingsOn(
        serve(`${SMALL} --speculative-config '{"method":"ngram","num_speculative_tokens":5,"prompt_lookup_max":4}'`),
        'gpus: [l40s]\nrules: { many-speculative-tokens: { most: 5 } }',
      ),
    /^5 tokens are drafted per step; 3 are advised\.$/,
  ],
  [
    'drafter-at-odds',
    // Llama 3.1 has 128,256 words, Qwen3 151,936.
    () =>
      findingsOn(
        serve(
          `meta-llama/Llama-3.1-8B-Instruct --max-model-len 8192 --speculative-config '{"model":"Qwen/Qwen3-0.6B","num_speculative_tokens":3}'`,
        ),
        'gpus: [h100]',
      ),
    () =>
      findingsOn(
        serve(`${SMALL} --speculative-config '{"model":"Qwen/Qwen3-0.6B","num_speculative_tokens":3}'`),
        'gpus: [h100]',
      ),
    /^The draft model's vocabulary has 151936 entries, the model's 128256\.$/,
  ],
  [
    'eager-without-need',
    () => findingsOn(serve(`${SMALL} --enforce-eager`), 'gpus: [l40s]'),
    () => findingsOn(serve(SMALL), 'gpus: [l40s]'),
    /^enforce_eager is on, and everything fits without it\.$/,
  ],
  [
    'layers-left-to-cpu',
    // Qwen3-14B has 40 layers and its output; in 8 bits they are 15 GiB.
    () => findingsOn(offloaded('-ngl 20'), 'gpus: [rtx-4090]'),
    () => findingsOn(offloaded('-ngl 99'), 'gpus: [rtx-4090]'),
    /^20 of 41 layers run on the GPU, the others on the CPU\.$/,
  ],
  [
    'allocator-setting',
    () => findingsOn(serve(SMALL, 'PYTORCH_CUDA_ALLOC_CONF=expandable_segments=True '), 'gpus: [l40s]'),
    () => findingsOn(serve(SMALL, 'PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True '), 'gpus: [l40s]'),
    /is not written as key:value pairs/,
  ],
  [
    'argument-of-another-engine',
    () => findingsOn(serve(`${SMALL} --mem-fraction-static 0.8`), 'gpus: [l40s]'),
    () => findingsOn(serve(`${SMALL} --no-such-option 1`), 'gpus: [l40s]'),
    /^'mem-fraction-static' is an option of .*SGLang.*, not of vLLM\.$/,
  ],
  [
    'ignored-argument',
    () => findingsOn(serve('Qwen/Qwen3-8B --max-model-len 8192 --config=vllm.yaml'), 'gpus: [l40s]'),
    () => findingsOn(serve('Qwen/Qwen3-8B --max-model-len 8192 --config vllm.yaml'), 'gpus: [l40s]'),
    /^vLLM does not read vllm\.yaml: it looks for --config and the file as two words\.$/,
  ],
  [
    'cannot-estimate',
    () => findingsOn(serve('Qwen/Qwen3-8B --max-model-len 8192 --config vllm.yaml'), 'gpus: [l40s]'),
    () => findingsOn(serve('Qwen/Qwen3-8B --max-model-len 8192 --config=vllm.yaml'), 'gpus: [l40s]'),
    /^config is 'vllm\.yaml': the options in that file are not in this repository/,
  ],
  [
    'removed-argument',
    () => findingsOn(serve(`${SMALL} --use-v2-block-manager`), 'gpus: [l40s]'),
    () => findingsOn(serve(SMALL), 'gpus: [l40s]'),
    /^vLLM 0\.19\.0 no longer has --use-v2-block-manager\.$/,
  ],
  [
    'waiver-expired',
    () =>
      findingsOn(serve(SMALL), 'gpus: [l40s]\nwaivers: [{ rule: tight-fit, reason: moved soon, expires: 2026-11-24 }]'),
    () =>
      findingsOn(serve(SMALL), 'gpus: [l40s]\nwaivers: [{ rule: tight-fit, reason: moved soon, expires: 2026-11-25 }]'),
    /^The waiver of tight-fit \(moved soon\) held until 2026-11-24\.$/,
  ],
])('%s', (rule, speaks, silent, message) => {
  it('speaks', () => {
    expect(about(rule, speaks()).map((finding) => finding.message)).toEqual([expect.stringMatching(message)]);
  });

  it('is silent', () => {
    expect(about(rule, silent())).toEqual([]);
  });
});

describe('a need that is not met', () => {
  it('is met by what is recommended, which says so', () => {
    const script = serve('Qwen/Qwen3-8B --max-model-len 16384');
    const [finding] = about(
      'concurrency-below-need',
      findingsOn(script, 'gpus: [l4]\nneed: { requests: 12, tokens: 4096 }'),
    );
    const [, served] = /; (\d+) requests of 4,096 tokens run at once\.$/.exec(finding?.remedy ?? '') ?? [];
    expect(Number(served)).toBeGreaterThanOrEqual(12);
  });
});

describe('rules that ask the engine for its own names', () => {
  const sglang = (args: string): string =>
    `#!/bin/bash\npython3 -m sglang.launch_server --model-path Qwen/Qwen3-8B --context-length 8192 ${args}\n`;
  const llama = (args: string): string => `#!/bin/bash\nllama-server -hf Qwen/Qwen3-8B-GGUF:Q8_0 -c 8192 ${args}\n`;
  const told = (rule: string, script: string, gpus = 'h100:8'): readonly string[] =>
    about(rule, findingsOn(script, `gpus: ["${gpus}"]`)).map(({ message }) => message);

  it.each([
    [sglang('--speculative-algorithm NGRAM --speculative-num-draft-tokens 9'), 8],
    [sglang('--speculative-algorithm EAGLE --speculative-num-steps 5 --speculative-eagle-topk 1'), 5],
    [
      sglang(
        '--speculative-algorithm EAGLE --speculative-num-steps 3 --speculative-eagle-topk 4 --speculative-num-draft-tokens 16',
      ),
      15,
    ],
    [llama('--draft-max 16 -md draft.gguf'), 16],
  ])('many-speculative-tokens: %j', (script, tokens) => {
    expect(told('many-speculative-tokens', script)).toEqual([`${tokens} tokens are drafted per step; 3 are advised.`]);
  });

  it.each([
    sglang('--speculative-algorithm EAGLE --speculative-num-steps 3 --speculative-num-draft-tokens 4'),
    sglang('--speculative-num-draft-tokens 9'),
    llama('--draft-max 3 -md draft.gguf'),
    llama('--draft-max 16'),
  ])('many-speculative-tokens: silent on %j', (script) => {
    expect(told('many-speculative-tokens', script)).toEqual([]);
  });

  it('uneven-pipeline-stages: by the names of SGLang and TensorRT-LLM', () => {
    const uneven = ['36 layers make uneven stages of 8; the fullest decides.'];
    const tensorrt = (args: string): string => `#!/bin/bash\ntrtllm-serve Qwen/Qwen3-8B ${args}\n`;
    expect(told('uneven-pipeline-stages', sglang('--pp-size 8'))).toEqual(uneven);
    expect(told('uneven-pipeline-stages', tensorrt('--pp_size 8'))).toEqual(uneven);
    expect(told('uneven-pipeline-stages', tensorrt('--pp_size 4'))).toEqual([]);
  });

  it('uneven-parallelism: experts over the ranks that the engine spreads them over', () => {
    // Qwen3-30B-A3B has 128 experts, 32 attention heads and 4 KV heads.
    const experts = (count: number): string =>
      `#!/bin/bash\nvllm serve Qwen/Qwen3-30B-A3B --enable-expert-parallel -dp ${count}\n`;
    const message = '128 experts are spread unevenly over 6 GPUs.';
    expect(told('uneven-parallelism', experts(6))).toEqual([message]);
    expect(told('uneven-parallelism', experts(8))).toEqual([]);
    const lmdeploy = (ep: number): string =>
      `#!/bin/bash\nlmdeploy serve api_server Qwen/Qwen3-30B-A3B --backend pytorch --ep ${ep}\n`;
    expect(told('uneven-parallelism', lmdeploy(6))).toEqual([message]);
    expect(told('uneven-parallelism', lmdeploy(8))).toEqual([]);
  });
});

describe('removed-argument by release', () => {
  // First and last releases: engine/arg_utils.py at vLLM's tags; SGLang's server_args.py at its.
  const told = (engine: 'vllm' | 'sglang', version: string | null, args: string): readonly (readonly string[])[] => {
    const install = version === null ? '' : `pip install ${engine}==${version}\n`;
    const command =
      engine === 'vllm' ? `vllm serve ${SMALL}` : 'python3 -m sglang.launch_server --model-path Qwen/Qwen3-8B';
    const found = findingsOn(`#!/bin/bash\n${install}${command} ${args}\n`, 'gpus: [l40s]');
    return about('removed-argument', found).map(({ severity, message }) => [severity, message]);
  };

  it('is said from the release on that no longer has it', () => {
    expect(told('vllm', '0.9.2', '--use-v2-block-manager')).toEqual([]);
    expect(told('vllm', '0.10.0', '--use-v2-block-manager')).toEqual([
      ['warning', 'vLLM 0.10.0 no longer has --use-v2-block-manager.'],
    ]);
    expect(told('sglang', '0.5.4', '--enable-ep-moe')).toEqual([]);
    expect(told('sglang', '0.5.4.post1', '--enable-ep-moe')).toEqual([
      ['warning', 'SGLang 0.5.4.post1 no longer has --enable-ep-moe.'],
    ]);
    expect(told('vllm', '0.11.0', `--rope-scaling '{"rope_type":"yarn","factor":2.0}'`)).toEqual([]);
    expect(told('vllm', '0.12.0', `--rope-scaling '{"rope_type":"yarn","factor":2.0}'`)).toEqual([
      ['warning', 'vLLM 0.12.0 no longer has rope_scaling; 0.11.0 was the last release with it.'],
    ]);
  });

  it('is only info where the version is not stated', () => {
    expect(told('vllm', null, '--use-v2-block-manager')).toEqual([
      ['info', 'Current versions of vLLM no longer have --use-v2-block-manager.'],
    ]);
    expect(told('sglang', null, '--enable-ep-moe')).toEqual([
      ['info', expect.stringContaining('Current versions of SGLang no longer have --enable-ep-moe')],
    ]);
  });

  it('is said of what does not exist yet', () => {
    expect(told('vllm', '0.10.1', '--kv-cache-memory-bytes 8589934592')).toEqual([
      ['warning', 'vLLM 0.10.1 does not have kv_cache_memory_bytes yet; 0.10.2 is the first release with it.'],
    ]);
    expect(told('vllm', '0.10.2', '--kv-cache-memory-bytes 8589934592')).toEqual([]);
    expect(told('vllm', null, '--kv-cache-memory-bytes 8589934592')).toEqual([]);
  });
});

describe('GPUs that stay idle', () => {
  const pod = (count: number): string => `apiVersion: v1
kind: Pod
metadata: { name: qwen }
spec:
  containers:
    - name: vllm
      image: vllm/vllm-openai:v0.19.0
      args: [--model, Qwen/Qwen3-8B, --max-model-len, "8192", --tensor-parallel-size, "2"]
      resources: { limits: { nvidia.com/gpu: ${count} } }
`;

  it('are told where more are asked for than are used', () => {
    const found = about('gpus-left-idle', findingsOn(pod(4), 'gpus: [l4]', 'pod.yaml'));
    expect(found).toMatchObject([
      { message: 'Asks for 4 GPUs and uses 2 of them.', remedy: 'Set tensor_parallel_size, or ask for 2.' },
    ]);
    expect(about('gpus-left-idle', findingsOn(pod(2), 'gpus: [l4]', 'pod.yaml'))).toEqual([]);
  });
});

describe('driver-too-old', () => {
  const told = (tag: string, driver: string): readonly string[] => {
    const text = `services:\n  chat:\n    image: vllm/vllm-openai:${tag}\n    command: --model Qwen/Qwen3-8B --max-model-len 8192\n`;
    const policy = `gpus: [{ gpu: l40s${driver} }]`;
    return about('driver-too-old', findingsOn(text, policy, 'compose.yaml')).map(({ message }) => message);
  };

  // NVIDIA's table: CUDA 13.x wants 580, 12.x 525, 11.x 450.
  it.each([
    ['v0.19.0-cu130', '13.0', 580, '550.54.15'],
    ['v0.9.0-cuda12.8', '12.8', 525, '470.82'],
  ])('speaks of %s', (tag, cuda, least, driver) => {
    expect(told(tag, `, driver: "${driver}"`)).toEqual([
      `The image is built for CUDA ${cuda}, which wants driver ${least} or newer; l40s-48gb has ${driver}.`,
    ]);
  });

  it.each([
    ['v0.19.0-cu130', ', driver: "580.65.06"'],
    ['v0.19.0-cu129', ', driver: 550.54'],
    ['v0.19.0-cu130', ''],
    ['v0.19.0', ', driver: "470.82"'],
  ])('is silent on %s%s', (tag, driver) => {
    expect(told(tag, driver)).toEqual([]);
  });
});

describe('engines on one GPU', () => {
  const compose = (second: string, utilization: string): string => `services:
  chat:
    image: vllm/vllm-openai:v0.19.0
    command: --model Qwen/Qwen3-8B --max-model-len 8192 --gpu-memory-utilization ${utilization}
    deploy: { resources: { reservations: { devices: [{ driver: nvidia, device_ids: ["0"], capabilities: [gpu] }] } } }
  embed:
    image: vllm/vllm-openai:v0.19.0
    command: --model Qwen/Qwen3-0.6B --max-model-len 8192 --gpu-memory-utilization 0.4
    deploy: { resources: { reservations: { devices: [{ driver: nvidia, device_ids: ["${second}"], capabilities: [gpu] }] } } }
`;

  it('are told where they want more of it together than it has', () => {
    const found = about('shared-gpu-overfull', findingsOn(compose('0', '0.9'), 'gpus: [l40s]', 'compose.yaml'));
    expect(found).toHaveLength(2);
    expect(found[0]?.message).toMatch(
      /^chat, embed start on GPU 0: together they want \d+\.\d\d GiB of the 4\d\.\d\d GiB of l40s-48gb\.$/,
    );
  });

  it('are named where the values that fit one would leave no room for the others', () => {
    const file = { path: 'compose.yaml', text: compose('0', '0.3') };
    const parsed = parsePolicy({ path: '.github/headroom.yml', text: 'gpus: [l40s]' }, hardware);
    if ('problems' in parsed) throw new Error('no policy');
    const input = { files: [file], read: () => null, list: () => [], policy: parsed.policy, hardware, models };
    const [chat] = check({ ...input, version: 'test' }).deployments;
    // Qwen3-8B takes 15.3 GiB of weights: 0.3 of 44 GiB holds no cache. Alone it needs about 0.4, beside 0.4 there is room.
    expect(chat?.recommendation?.summary).not.toContain('is shared with');
    const crowded = { path: 'compose.yaml', text: compose('0', '0.3').replace(/utilization 0\.4/, 'utilization 0.7') };
    const [again] = check({ ...input, files: [crowded], version: 'test' }).deployments;
    expect(again?.recommendation?.summary).toMatch(
      /But GPU 0 is shared with embed: together they would want \d+\.\d\d GiB of/,
    );
  });

  it('are not added up across profiles of Compose, which start apart', () => {
    const withProfiles = (chat: string, embed: string): readonly Finding[] => {
      const text = compose('0', '0.9')
        .replace('  chat:\n', `  chat:\n    profiles: ${chat}\n`)
        .replace('  embed:\n', `  embed:\n    profiles: ${embed}\n`);
      return about('shared-gpu-overfull', findingsOn(text, 'gpus: [l40s]', 'compose.yaml'));
    };
    expect(withProfiles('[big]', '[small]')).toEqual([]);
    expect(withProfiles('[big, all]', '["all"]')).toHaveLength(2);
    // Without profiles a service always starts.
    expect(withProfiles('[big]', '[]')).toHaveLength(2);
  });

  it('are left alone on two GPUs, and where both have room', () => {
    expect(about('shared-gpu-overfull', findingsOn(compose('1', '0.9'), 'gpus: [l40s]', 'compose.yaml'))).toEqual([]);
    expect(about('shared-gpu-overfull', findingsOn(compose('0', '0.5'), 'gpus: [l40s]', 'compose.yaml'))).toEqual([]);
  });
});

describe('layers-left-to-cpu', () => {
  const said = (args: string, gpus: string): string | undefined =>
    about('layers-left-to-cpu', findingsOn(offloaded(args), `gpus: [${gpus}]`))[0]?.remedy;

  it('names the layers that fit on every GPU, of which the next does not', () => {
    expect(said('-ngl 20', 'rtx-4090')).toMatch(/^All of them fit: --n-gpu-layers 41, unless /);
    const most = Number(
      /^(\d+) of them fit: --n-gpu-layers \1, unless /.exec(said('-ngl 5', 'rtx-4090, t4') ?? '')?.[1],
    );
    expect(most).toBeGreaterThan(20);
    expect(said(`-ngl ${most}`, 'rtx-4090, t4')).toBeUndefined();
    expect(about('does-not-fit', findingsOn(offloaded(`-ngl ${most}`), 'gpus: [t4]'))).toEqual([]);
    const more = findingsOn(offloaded(`-ngl ${most + 1}`), 'gpus: [t4]').map(({ rule }) => rule);
    expect(more.some((rule) => rule === 'does-not-fit' || rule === 'tight-fit')).toBe(true);
  });

  it('says nothing where no GPU counts, too much is asked, or the engine chooses', () => {
    expect(about('layers-left-to-cpu', findingsOn(offloaded('-ngl 20'), ''))).toEqual([]);
    expect(said('-ngl 41', 't4')).toBeUndefined();
    expect(said('', 'rtx-4090')).toBeUndefined();
    expect(said('-ngl -1', 'rtx-4090')).toBeUndefined();
  });
});
