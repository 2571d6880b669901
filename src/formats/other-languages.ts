import type { Unsupported } from '../deployment.ts';
import { baseName, placeOf, type SourceFile } from '../text.ts';
import { firstOf } from '../syntax/unread.ts';
import { table } from '../table.ts';

/** What configs are written in that Headroom does not read, by the ending of the file. */
const LANGUAGES: Readonly<Record<string, string>> = table({
  nix: 'Nix',
  jsonnet: 'Jsonnet',
  libsonnet: 'Jsonnet',
  cue: 'CUE',
  dhall: 'Dhall',
  pkl: 'Pkl',
  star: 'Starlark',
  bzl: 'Starlark',
  bazel: 'Starlark',
  toml: 'TOML',
  bicep: 'Bicep',
  j2: 'a Jinja template',
  jinja: 'a Jinja template',
  jinja2: 'a Jinja template',
  tpl: 'a template',
  tmpl: 'a template',
  gotmpl: 'a Go template',
  erb: 'an ERB template',
  tf: 'Terraform',
  tofu: 'OpenTofu',
  nomad: 'Nomad',
  hcl: 'HCL',
  ini: 'an INI file',
  conf: 'a configuration file',
  ts: 'TypeScript',
  mts: 'TypeScript',
  js: 'JavaScript',
  mjs: 'JavaScript',
  go: 'Go',
  cs: 'C#',
  java: 'Java',
  kt: 'Kotlin',
});

/** The same for files that are known by their whole name. */
const NAMED: Readonly<Record<string, string>> = table({
  procfile: 'a Procfile',
  jenkinsfile: 'a Jenkinsfile',
  tiltfile: 'a Tiltfile',
  earthfile: 'an Earthfile',
  vagrantfile: 'a Vagrantfile',
  build: 'Starlark',
});

/** General languages: a program describes what is deployed where it uses a library for that (Pulumi, AWS CDK, cdk8s, CDKTF, SST). */
const GENERAL = /^(?:ts|mts|js|mjs|go|cs|java|kt)$/;
const DEPLOYS =
  /["'](?:@pulumi\/|aws-cdk-lib|@aws-cdk\/|cdk8s|cdktf|sst["'])|github\.com\/(?:pulumi\/|aws\/aws-cdk-go|cdk8s-team\/)|software\.amazon\.awscdk|com\.pulumi|^using (?:Pulumi|Amazon\.CDK)/m;

/** A test of such a program deploys nothing. */
const TESTS = /\b(?:describe|expect|it)\(|\btesting\.T\b/;

/** The start of an engine as words of a text, with what only an argument begins with behind it: prose has none. */
const WORDS =
  /(?:^|[\s"'`=/(;{])(?:(?:vllm|sglang|lmdeploy)\}?[ \t]+serve|-m[ \t]+(?:vllm\.entrypoints\.[\w.]+|sglang\.launch_server|llama_cpp\.server)|trtllm-serve|text-generation-launcher|llama-server)\}?[ \t]+(?:\\$|["'`]?(?:-|\$|\{|\(|[\w.-]*\/))/;
/** The same as items of a list. */
const ITEMS =
  /["'`](?:vllm|sglang|lmdeploy)["'`][\s,]+["'`]serve["'`]|["'`]-m["'`][\s,]+["'`](?:vllm\.entrypoints\.[\w.]+|sglang\.launch_server|llama_cpp\.server)["'`]|["'`](?:[\w./-]*\/)?(?:trtllm-serve|text-generation-launcher|llama-server)["'`][\s,]+["'`]-/;
/** A service of NixOS (nixpkgs nixos/modules/services/misc/{ollama,llama-cpp}.nix), or a list that is the server's name alone. */
const OF_NIX =
  /\bservices\.(?:ollama|llama-cpp|llama-swap|vllm)(?:\.enable\s*=\s*true\b|\s*=\s*\{)|=\s*\[\s*"(?:[\w./-]*\/)?llama-server"\s*\]/;
/** An engine's image as the value of a key. */
const IMAGE =
  /\bimage\w*["']?\s*[:=(][^\n]{0,80}["'`/:](?:vllm-openai|vllm\/vllm-\w+|lmsysorg\/sglang|text-generation-inference|ggml-org\/llama\.cpp|tensorrt-llm\/release|ollama\/ollama)\b/i;
/** What stands beside an image that is started with arguments. */
const ARGUMENTS =
  /^\s*["']?(?:args|cmd|command|arguments|entrypoint|containerArgs)["']?\s*[:=]|^\[processes\]|^\[\[vm\]\]/im;
const COMMENT = /(?:^\s*(?:#|\/\/|--\s|;|<!--)|\s(?:#|\/\/)\s).*$/;
/** Comments over several lines. */
const BLOCKS = [
  ['/*', '*/'],
  ['{#', '#}'],
] as const;
/** Formats that read an image with its arguments wherever it stands. */
const READS_IMAGES = /^(?:tf|tofu|hcl|nomad)$/;

/** Launches of one file that are told apart. */
const MAX_LAUNCHES = 20;
/** Characters of a line that are looked at. */
const MAX_LINE = 2_000;

/** The launches in a file of a language that no format reads: each is said where it stands. */
export function launchesInOtherLanguage(file: SourceFile): Unsupported[] {
  const ending = /\.(\w{1,9})$/.exec(file.path)?.[1]?.toLowerCase() ?? '';
  const name = baseName(file.path);
  const language = LANGUAGES[ending] ?? NAMED[name.toLowerCase()];
  if (language === undefined || !/vllm|sglang|lmdeploy|trt|llama|text-generation/i.test(file.text)) return [];
  if (GENERAL.test(ending) && (!DEPLOYS.test(file.text) || TESTS.test(file.text))) return [];
  const lines = linesOf(withoutComments(file.text));
  const isNix = ending === 'nix';
  const commands = lines.filter(({ line }) => WORDS.test(line) || ITEMS.test(line) || (isNix && OF_NIX.test(line)));
  const isImage = commands.length === 0 && !READS_IMAGES.test(ending) && ARGUMENTS.test(file.text);
  const images = isImage ? lines.filter(({ line }) => IMAGE.test(line)) : [];
  const found = [...commands, ...images];
  return firstOf(found, MAX_LAUNCHES, 'launches of a file in another language').map(({ start, line }) => {
    const from = start + (line.length - line.trimStart().length);
    return {
      file: file.path,
      format: 'other-language',
      name,
      reason: `It starts an engine from ${language} in a way that Headroom does not read.`,
      remedy: 'Check it by hand, or check the manifest or the script that it becomes.',
      place: placeOf(file, from, start + line.trimEnd().length),
    };
  });
}

/** The text with comments over several lines blank, at the same offsets. */
function withoutComments(text: string): string {
  let kept = text;
  for (const [opening, closing] of BLOCKS) {
    const parts: string[] = [];
    let at = 0;
    for (let from = kept.indexOf(opening); from !== -1; from = kept.indexOf(opening, at)) {
      const end = kept.indexOf(closing, from + opening.length);
      if (end === -1) break;
      parts.push(kept.slice(at, from), kept.slice(from, end + closing.length).replace(/[^\n]/g, ' '));
      at = end + closing.length;
    }
    kept = parts.join('') + kept.slice(at);
  }
  return kept;
}

interface Line {
  readonly start: number;
  readonly line: string;
}

/** The lines of a text, without the comments behind them. */
function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    lines.push({ start, line: text.slice(start, Math.min(end, start + MAX_LINE)).replace(COMMENT, '') });
    start = end + 1;
  }
  return lines;
}
