import { readYaml } from '../../syntax/yaml.ts';
import { placeOf, type SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf } from '../launch.ts';
import { projectVariables } from './environment.ts';
import { launchesOfService } from './launches.ts';
import { isCompose, servicesOf } from './services.ts';

/** Compose files of Docker, Podman and Swarm, and files that are laid over them. */
export const dockerCompose: Format = {
  id: 'docker-compose',
  title: 'Docker Compose files',
  detect: ({ text }) => SERVICES.test(text) && PART.test(text),
  extract,
  edit: editDeployment,
};

const SERVICES = /^\uFEFF?(?:\{\s*|[ \t]{0,4})["']?services["']?\s*:/m;
const PART = /\b(?:image|build|command|entrypoint|extends)["']?\s*:/;
/** By which a file that cannot be read still shows that it launches an engine. */
const ENGINE_SIGN =
  /vllm serve|vllm\.entrypoints|image:\s*\S*vllm\S*|sglang(?:\.launch_server| serve)|text-generation-launcher|llama-server/;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return unreadable(file, yaml.reason);
  const variables = projectVariables(file.path, context);
  const services = yaml.documents.filter(isCompose).flatMap((document) => servicesOf(document, context));
  return extractionOf(services.flatMap((service) => launchesOfService(service, variables, context)));
}

/** Files that are meant to become YAML; a text that only shows a Compose file is none. */
const MEANT = /\.(?:ya?ml|json)(?:\.\w+)?$|\.(?:j2|jinja2?|tpl|tmpl|gotmpl|erb|template)$/i;

function unreadable(file: SourceFile, reason: string): Extraction | null {
  const sign = MEANT.test(file.path) ? ENGINE_SIGN.exec(file.text) : null;
  if (!sign) return null;
  const unsupported = {
    file: file.path,
    format: 'docker-compose',
    name: 'services',
    reason: /\{[{%]/.test(file.text) ? `It is a template, and ${reason.split('\n')[0]}` : `${reason.split('\n')[0]}`,
    remedy: 'Render it (`docker compose config`) and check the result.',
    place: placeOf(file, sign.index, sign.index + sign[0].length),
  };
  return { deployments: [], unsupported: [unsupported] };
}
