/** Launch commands and images of engines that Headroom recognises and does not model yet, so that none is skipped in silence. */
const OTHER_ENGINES: readonly { readonly title: string; readonly command: RegExp; readonly image: RegExp }[] = [
  {
    title: 'Text Generation Inference',
    command: /(?:^|[ /])text-generation-launcher(?: |$)/,
    image: /text-generation-inference/,
  },
  {
    title: 'TensorRT-LLM',
    command: /(?:^|[ /])(?:trtllm-serve|trtllm-llmapi-launch)(?: |$)|(?:^| )-m dynamo\.trtllm(?: |$)/,
    image: /tensorrt-?llm/,
  },
  { title: 'LMDeploy', command: /(?:^|[ /])lmdeploy serve api_server(?: |$)/, image: /(?:^|\/)lmdeploy(?:[:@]|$)/ },
  { title: 'NIM', command: /(?!)/, image: /^nvcr\.io\/nim\// },
];

/** Words in front that make a command something else than a launch. */
const NOT_A_LAUNCH = /^(?:echo|printf|cat|e?grep|fgrep|rg|pgrep|pkill|killall|kill|ps|awk|sed|which|pip3?|curl)$/;

/** The engine that words or an image belong to, by its own name; null for none of these. */
export function otherEngineOf(words: readonly string[], image: string | null): string | null {
  const command = NOT_A_LAUNCH.test(words[0] ?? '') ? '' : words.slice(0, 64).join(' ').slice(0, 4_000);
  const found = OTHER_ENGINES.find((engine) => engine.command.test(command)) ?? null;
  if (found) return found.title;
  const name = image?.toLowerCase() ?? '';
  return OTHER_ENGINES.find((engine) => engine.image.test(name))?.title ?? null;
}
