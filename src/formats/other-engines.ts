/** Launch commands of servers that Headroom recognises and does not model, so that none is skipped in silence. */
const OTHER_ENGINES: readonly { readonly title: string; readonly command?: RegExp; readonly image?: RegExp }[] = [
  {
    title: 'Triton’s TensorRT-LLM backend',
    command: /(?:^|[ /])launch_triton_server\.py(?: |$)/,
    image: /(?:^|\/)tritonserver:[^@]{0,100}trtllm/,
  },
  // What it serves stands in its model repository; a `model.json` there is read by itself.
  { title: 'Triton’s vLLM backend', image: /(?:^|\/)tritonserver:[^@]{0,100}vllm/ },
  // KAITO presets/workspace/inference/vllm: takes vLLM's options, and decides on some by itself.
  { title: 'KAITO’s own start of vLLM', command: /(?:^|[ /])vllm\/inference_api\.py(?: |$)/ },
  { title: 'MLC-LLM', command: /(?:^|[ /])mlc_llm serve(?: |$)|(?:^| )-m mlc_llm(?:\.serve\.server| serve)(?: |$)/ },
  { title: 'Aphrodite', command: /(?:^|[ /])aphrodite run(?: |$)|(?:^| )-m aphrodite\.endpoints\.\S+(?: |$)/ },
  {
    title: 'KoboldCpp',
    command: /(?:^|[ /\\])koboldcpp(?:[-_][\w.-]{1,40})?(?:\.exe|\.py)? (?:.{0,2000} )?--(?:model|config)[ =]/i,
  },
  { title: 'LightLLM', command: /(?:^| )-m lightllm\.server\.api_server(?: |$)/ },
];

/** Words in front that make a command something else than a launch. */
const NOT_A_LAUNCH = /^(?:echo|printf|cat|e?grep|fgrep|rg|pgrep|pkill|killall|kill|ps|awk|sed|which|pip3?|curl)$/;

/** The server that words start, or that an image starts by `tritonserver`, by its own name; null for none of these. */
export function otherEngineOf(words: readonly string[], image: string | null = null): string | null {
  const command = NOT_A_LAUNCH.test(words[0] ?? '') ? '' : words.slice(0, 64).join(' ').slice(0, 4_000);
  const found = OTHER_ENGINES.find((engine) => engine.command?.test(command) === true);
  if (found) return found.title;
  const name =
    image !== null && /(?:^|[ /])tritonserver(?: |$)/.test(command) ? image.slice(0, 1_000).toLowerCase() : '';
  return OTHER_ENGINES.find((engine) => engine.image?.test(name))?.title ?? null;
}
