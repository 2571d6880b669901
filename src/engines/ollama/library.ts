/**
 * Models of Ollama's library (ollama.com/library, each name's page of tags, as of 2026): the mix that a tag without one has, the size
 * that `latest` is, and the checkpoint behind each size. What is not listed stays unknown.
 */
const ROWS = `
llama2 Q4_0 7b: 7b=meta-llama/Llama-2-7b-chat-hf 13b=meta-llama/Llama-2-13b-chat-hf 70b=meta-llama/Llama-2-70b-chat-hf
llama3 Q4_0 8b: 8b=meta-llama/Meta-Llama-3-8B-Instruct 70b=meta-llama/Meta-Llama-3-70B-Instruct
llama3.1 Q4_K_M 8b: 8b=meta-llama/Llama-3.1-8B-Instruct 70b=meta-llama/Llama-3.1-70B-Instruct 405b=meta-llama/Llama-3.1-405B-Instruct
llama3.2 Q4_K_M 3b: 1b=meta-llama/Llama-3.2-1B-Instruct:Q8_0 3b=meta-llama/Llama-3.2-3B-Instruct
llama3.3 Q4_K_M 70b: 70b=meta-llama/Llama-3.3-70B-Instruct
llama-guard3 Q4_K_M 8b: 1b=meta-llama/Llama-Guard-3-1B:Q8_0 8b=meta-llama/Llama-Guard-3-8B
codellama Q4_0 7b: 7b=codellama/CodeLlama-7b-Instruct-hf 13b=codellama/CodeLlama-13b-Instruct-hf 34b=codellama/CodeLlama-34b-Instruct-hf 70b=codellama/CodeLlama-70b-hf
mistral Q4_K_M 7b: 7b=mistralai/Mistral-7B-Instruct-v0.3 instruct=mistralai/Mistral-7B-Instruct-v0.3
mistral-nemo Q4_0 12b: 12b=mistralai/Mistral-Nemo-Instruct-2407
mistral-small Q4_K_M 24b: 22b=mistralai/Mistral-Small-Instruct-2409 24b=mistralai/Mistral-Small-24B-Instruct-2501
mistral-small3.1 Q4_K_M 24b: 24b=mistralai/Mistral-Small-3.1-24B-Instruct-2503
mistral-small3.2 Q4_K_M 24b: 24b=mistralai/Mistral-Small-3.2-24B-Instruct-2506
mistral-large Q4_K_M 123b: 123b=mistralai/Mistral-Large-Instruct-2411
codestral Q4_0 22b: 22b=mistralai/Codestral-22B-v0.1
devstral Q4_K_M 24b: 24b=mistralai/Devstral-Small-2507
magistral Q4_K_M 24b: 24b=mistralai/Magistral-Small-2506
mathstral Q4_0 7b: 7b=mistralai/Mathstral-7B-v0.1
mixtral Q4_0 8x7b: 8x7b=mistralai/Mixtral-8x7B-Instruct-v0.1 8x22b=mistralai/Mixtral-8x22B-Instruct-v0.1
gemma Q4_0 7b: 2b=google/gemma-1.1-2b-it 7b=google/gemma-1.1-7b-it
gemma2 Q4_0 9b: 2b=google/gemma-2-2b-it 9b=google/gemma-2-9b-it 27b=google/gemma-2-27b-it
gemma3 Q4_K_M 4b: 270m=google/gemma-3-270m-it:Q8_0 1b=google/gemma-3-1b-it 4b=google/gemma-3-4b-it 12b=google/gemma-3-12b-it 27b=google/gemma-3-27b-it
gemma3n Q4_K_M e4b: e2b=google/gemma-3n-E2B-it e4b=google/gemma-3n-E4B-it
gemma4 Q4_K_M e4b: e2b=google/gemma-4-E2B-it e4b=google/gemma-4-E4B-it 12b=google/gemma-4-12B-it 26b=google/gemma-4-26B-A4B-it 31b=google/gemma-4-31B-it
codegemma Q4_0 7b: 7b=google/codegemma-7b-it 2b=google/codegemma-2b
qwen Q4_0 4b: 0.5b=Qwen/Qwen1.5-0.5B-Chat 1.8b=Qwen/Qwen1.5-1.8B-Chat 4b=Qwen/Qwen1.5-4B-Chat 7b=Qwen/Qwen1.5-7B-Chat 14b=Qwen/Qwen1.5-14B-Chat 32b=Qwen/Qwen1.5-32B-Chat 72b=Qwen/Qwen1.5-72B-Chat 110b=Qwen/Qwen1.5-110B-Chat
qwen2 Q4_0 7b: 0.5b=Qwen/Qwen2-0.5B-Instruct 1.5b=Qwen/Qwen2-1.5B-Instruct 7b=Qwen/Qwen2-7B-Instruct 72b=Qwen/Qwen2-72B-Instruct
qwen2.5 Q4_K_M 7b: 0.5b=Qwen/Qwen2.5-0.5B-Instruct 1.5b=Qwen/Qwen2.5-1.5B-Instruct 3b=Qwen/Qwen2.5-3B-Instruct 7b=Qwen/Qwen2.5-7B-Instruct 14b=Qwen/Qwen2.5-14B-Instruct 32b=Qwen/Qwen2.5-32B-Instruct 72b=Qwen/Qwen2.5-72B-Instruct
qwen2.5-coder Q4_K_M 7b: 0.5b=Qwen/Qwen2.5-Coder-0.5B-Instruct 1.5b=Qwen/Qwen2.5-Coder-1.5B-Instruct 3b=Qwen/Qwen2.5-Coder-3B-Instruct 7b=Qwen/Qwen2.5-Coder-7B-Instruct 14b=Qwen/Qwen2.5-Coder-14B-Instruct 32b=Qwen/Qwen2.5-Coder-32B-Instruct
qwen2.5vl Q4_K_M 7b: 3b=Qwen/Qwen2.5-VL-3B-Instruct 7b=Qwen/Qwen2.5-VL-7B-Instruct 32b=Qwen/Qwen2.5-VL-32B-Instruct 72b=Qwen/Qwen2.5-VL-72B-Instruct
qwen3 Q4_K_M 8b: 0.6b=Qwen/Qwen3-0.6B 1.7b=Qwen/Qwen3-1.7B 4b=Qwen/Qwen3-4B 8b=Qwen/Qwen3-8B 14b=Qwen/Qwen3-14B 30b=Qwen/Qwen3-30B-A3B 32b=Qwen/Qwen3-32B 235b=Qwen/Qwen3-235B-A22B
qwen3-coder Q4_K_M 30b: 30b=Qwen/Qwen3-Coder-30B-A3B-Instruct 480b=Qwen/Qwen3-Coder-480B-A35B-Instruct
qwen3-coder-next Q4_K_M latest: latest=Qwen/Qwen3-Coder-Next
qwen3-next Q4_K_M 80b: 80b=Qwen/Qwen3-Next-80B-A3B-Instruct
qwen3-vl Q4_K_M 8b: 2b=Qwen/Qwen3-VL-2B-Instruct 4b=Qwen/Qwen3-VL-4B-Instruct 8b=Qwen/Qwen3-VL-8B-Instruct 30b=Qwen/Qwen3-VL-30B-A3B-Instruct 32b=Qwen/Qwen3-VL-32B-Instruct 235b=Qwen/Qwen3-VL-235B-A22B-Instruct
qwen3.5 Q4_K_M 9b: 0.8b=Qwen/Qwen3.5-0.8B 2b=Qwen/Qwen3.5-2B 4b=Qwen/Qwen3.5-4B 9b=Qwen/Qwen3.5-9B 27b=Qwen/Qwen3.5-27B 35b=Qwen/Qwen3.5-35B-A3B 122b=Qwen/Qwen3.5-122B-A10B
qwen3.6 Q4_K_M 27b: 27b=Qwen/Qwen3.6-27B 35b=Qwen/Qwen3.6-35B-A3B
qwen3.8 Q4_K_M 27b: 27b=Qwen/Qwen3.8-27B
qwen3-embedding Q4_K_M 8b: 0.6b=Qwen/Qwen3-Embedding-0.6B:Q8_0 4b=Qwen/Qwen3-Embedding-4B 8b=Qwen/Qwen3-Embedding-8B
qwq Q4_K_M 32b: 32b=Qwen/QwQ-32B
deepseek-r1 Q4_K_M 8b: 1.5b=deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B 7b=deepseek-ai/DeepSeek-R1-Distill-Qwen-7B 8b=deepseek-ai/DeepSeek-R1-0528-Qwen3-8B 14b=deepseek-ai/DeepSeek-R1-Distill-Qwen-14B 32b=deepseek-ai/DeepSeek-R1-Distill-Qwen-32B 70b=deepseek-ai/DeepSeek-R1-Distill-Llama-70B 671b=deepseek-ai/DeepSeek-R1-0528
deepseek-v3 Q4_K_M 671b: 671b=deepseek-ai/DeepSeek-V3
deepseek-coder-v2 Q4_0 16b: 16b=deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct 236b=deepseek-ai/DeepSeek-Coder-V2-Instruct
deepseek-coder Q4_0 1.3b: 1.3b=deepseek-ai/deepseek-coder-1.3b-instruct 6.7b=deepseek-ai/deepseek-coder-6.7b-instruct 33b=deepseek-ai/deepseek-coder-33b-instruct
phi Q4_0 2.7b: 2.7b=microsoft/phi-2
phi3 Q4_0 3.8b: 3.8b=microsoft/Phi-3-mini-128k-instruct mini=microsoft/Phi-3-mini-128k-instruct 14b=microsoft/Phi-3-medium-128k-instruct medium=microsoft/Phi-3-medium-128k-instruct
phi3.5 Q4_0 3.8b: 3.8b=microsoft/Phi-3.5-mini-instruct
phi4 Q4_K_M 14b: 14b=microsoft/phi-4
phi4-mini Q4_K_M 3.8b: 3.8b=microsoft/Phi-4-mini-instruct
phi4-reasoning Q4_K_M 14b: 14b=microsoft/Phi-4-reasoning
gpt-oss MXFP4_MOE 20b: 20b=openai/gpt-oss-20b 120b=openai/gpt-oss-120b
granite3.3 Q4_K_M 8b: 2b=ibm-granite/granite-3.3-2b-instruct 8b=ibm-granite/granite-3.3-8b-instruct
granite3.2 Q4_K_M 8b: 2b=ibm-granite/granite-3.2-2b-instruct 8b=ibm-granite/granite-3.2-8b-instruct
granite3.1-dense Q4_K_M 8b: 2b=ibm-granite/granite-3.1-2b-instruct 8b=ibm-granite/granite-3.1-8b-instruct
smollm2 F16 1.7b: 135m=HuggingFaceTB/SmolLM2-135M-Instruct 360m=HuggingFaceTB/SmolLM2-360M-Instruct 1.7b=HuggingFaceTB/SmolLM2-1.7B-Instruct:Q8_0
tinyllama Q4_0 1.1b: 1.1b=TinyLlama/TinyLlama-1.1B-Chat-v1.0
command-r Q4_0 35b: 35b=CohereLabs/c4ai-command-r-08-2024
command-r-plus Q4_0 104b: 104b=CohereLabs/c4ai-command-r-plus-08-2024
command-r7b Q4_K_M 7b: 7b=CohereLabs/c4ai-command-r7b-12-2024
aya-expanse Q4_K_M 8b: 8b=CohereLabs/aya-expanse-8b 32b=CohereLabs/aya-expanse-32b
olmo2 Q4_K_M 7b: 7b=allenai/OLMo-2-1124-7B-Instruct 13b=allenai/OLMo-2-1124-13B-Instruct
exaone-deep Q4_K_M 7.8b: 2.4b=LGAI-EXAONE/EXAONE-Deep-2.4B 7.8b=LGAI-EXAONE/EXAONE-Deep-7.8B 32b=LGAI-EXAONE/EXAONE-Deep-32B
hermes3 Q4_0 8b: 3b=NousResearch/Hermes-3-Llama-3.2-3B 8b=NousResearch/Hermes-3-Llama-3.1-8B
nemotron Q4_K_M 70b: 70b=nvidia/Llama-3.1-Nemotron-70B-Instruct-HF
nemotron-mini Q4_K_M 4b: 4b=nvidia/Nemotron-Mini-4B-Instruct
nemotron-3-nano Q4_K_M 30b: 4b=nvidia/NVIDIA-Nemotron-3-Nano-4B-BF16 30b=nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16
nemotron-3-super Q4_K_M 120b: 120b=nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-BF16
glm4 Q4_0 9b: 9b=zai-org/glm-4-9b-chat
yi Q4_0 6b: 6b=01-ai/Yi-1.5-6B-Chat 9b=01-ai/Yi-1.5-9B-Chat 34b=01-ai/Yi-1.5-34B-Chat
starcoder2 Q4_0 3b: 3b=bigcode/starcoder2-3b 7b=bigcode/starcoder2-7b 15b=bigcode/starcoder2-15b
falcon3 Q4_K_M 7b: 1b=tiiuae/Falcon3-1B-Instruct:Q8_0 3b=tiiuae/Falcon3-3B-Instruct 7b=tiiuae/Falcon3-7B-Instruct 10b=tiiuae/Falcon3-10B-Instruct
nomic-embed-text F16 latest: latest=nomic-ai/nomic-embed-text-v1.5
mxbai-embed-large F16 335m: 335m=mixedbread-ai/mxbai-embed-large-v1
bge-m3 F16 567m: 567m=BAAI/bge-m3
`;

/** The checkpoint behind a tag, and the mix of its file. */
export interface LibraryModel {
  readonly hubId: string;
  readonly mix: string;
}

interface Row {
  readonly mix: string;
  readonly latest: string;
  readonly sizes: ReadonlyMap<string, string>;
}

const LIBRARY: ReadonlyMap<string, Row> = new Map(
  ROWS.trim()
    .split('\n')
    .map((line) => {
      const [head = '', rest = ''] = line.split(': ');
      const [name = '', mix = '', latest = ''] = head.split(' ');
      const sizes = new Map(rest.split(' ').map((pair) => pair.split('=') as [string, string]));
      return [name, { mix, latest, sizes }];
    }),
);

const MIX = /(?:^|-)(q\d_k_[sml]|q\d_k|q\d_[01]|fp16|f16|bf16|fp32|mxfp4|iq\d_\w{1,3})$/i;
/** Words of a tag that change no shape. */
const VARIANT =
  /-(?:instruct|chat|text|it|qat|base|thinking|qwen-distill|llama-distill|v\d(?:\.\d)?|\d{4}|a\d{1,2}b|mlx|nvfp4|cloud)/g;

/** What a name of the library is (`llama3.1:8b-instruct-q4_K_M`, `library/qwen3`, `registry.ollama.ai/library/qwen3:8b`); null for one that is not listed. */
export function libraryModel(written: string): LibraryModel | null {
  const bare = written
    .trim()
    .toLowerCase()
    .slice(0, 200)
    .replace(/^(?:https?:\/\/)?registry\.ollama\.ai\//, '')
    .replace(/^(?:ollama:\/\/|library\/)/, '')
    .replace(/^library\//, '');
  const [name = '', tag = 'latest'] = bare.split(':');
  const row = LIBRARY.get(name);
  if (!row || /-(?:cloud|mlx|base|text)(?:-|$)|^cloud$/.test(tag)) return null;
  const asked = tag === 'latest' ? row.latest : tag;
  const mix = MIX.exec(asked)?.[1]?.toUpperCase() ?? null;
  const size = asked.replace(MIX, '').replaceAll(VARIANT, '');
  const found = row.sizes.get(size) ?? (size === 'instruct' || size === '' ? row.sizes.get(row.latest) : undefined);
  if (found === undefined) return null;
  const [hubId = '', own = row.mix] = found.split(':');
  const named = mix === null ? null : mix.replace(/^FP/, 'F').replace(/^MXFP4$/, 'MXFP4_MOE');
  return { hubId, mix: named ?? (asked.includes('-qat') ? 'Q4_0' : own) };
}

/** Ids of the library, for tests. */
export function libraryIds(): readonly string[] {
  return [...LIBRARY.values()].flatMap(({ sizes }) => [...sizes.values()].map((id) => id.split(':')[0] ?? ''));
}
