import { at, readYaml } from '../../syntax/yaml.ts';
import { placeOf, type SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf, type Launched } from '../launch.ts';
import { mayServe, WRITTEN_LAUNCH } from '../engine-signs.ts';
import { includedElsewhere } from './included.ts';
import { launchesOfService } from './launches.ts';
import { type Project, projectsOf } from './projects.ts';
import { isPart, type Service, servicesOf } from './services.ts';

/** Compose files of Docker, Podman and Swarm, and files that are laid over them. */
export const dockerCompose: Format = {
  id: 'docker-compose',
  title: 'Docker Compose files',
  detect: ({ text }) => (SERVICES.test(text) && PART.test(text)) || (INCLUDE.test(text) && mayServe(text)),
  extract,
  edit: editDeployment,
};

const SERVICES = /^\uFEFF?(?:\{\s*|[ \t]{0,4})["']?services["']?\s*:/m;
const PART = /\b(?:image|build|command|entrypoint|extends|environment|env_file|deploy|gpus|runtime)["']?\s*:/;
const INCLUDE = /^include[ \t]*:/m;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return unreadable(file, yaml.reason);
  const documents = yaml.documents.filter(isPart);
  if (documents.length === 0) return null;
  // Of a file that speaks of no engine nothing near is opened.
  const near = mayServe(file.text) ? context : { ...context, list: () => [] };
  const projects = documents.some((one) => at(one, 'services') !== null) ? projectsOf(file.path, near) : [];
  const launched = projects.map((project) =>
    documents.flatMap((document) =>
      servicesOf(document, project, context).flatMap((service) => ownLaunches(service, project, context)),
    ),
  );
  return extractionOf([...eachOnce(launched), ...documents.flatMap((one) => includedElsewhere(one, context))]);
}

/** The launches of a service; of one that the file only says more of those that are another for it. */
function ownLaunches(service: Service, { variables }: Project, context: FormatContext): Launched[] {
  const found = launchesOfService(service, variables, context);
  if (service.base === null) return found;
  const before = launchesOfService({ ...service, layers: service.base }, variables, context).map(saidBy);
  return found.filter((one) => !before.includes(saidBy(one)));
}

/** The launches of all projects; what another project launches just so is one. */
function eachOnce(projects: readonly (readonly Launched[])[]): Launched[] {
  const known = new Set<string>();
  const names = new Map<string, number>();
  return projects.flatMap((launches) =>
    launches.flatMap((one): Launched[] => {
      const said = saidBy(one);
      if (known.has(said)) return [];
      known.add(said);
      if (!('deployment' in one)) return [one];
      const { deployment } = one;
      const before = names.get(deployment.name) ?? 0;
      names.set(deployment.name, before + 1);
      return before === 0 ? [one] : [{ deployment: { ...deployment, name: `${deployment.name} (${before + 1})` } }];
    }),
  );
}

/** All by which two launches of a service differ for whoever runs them. */
function saidBy(one: Launched): string {
  if (!('deployment' in one)) return JSON.stringify([one.unsupported.name, one.unsupported.place]);
  const { name, engine, device, model, arguments: found, unresolved, gpuRequest } = one.deployment;
  const values = [...found.values()].map((argument) => [argument.name, argument.value]);
  const open = unresolved.map((argument) => [argument.name, argument.text]);
  const { count, nodes, devices } = gpuRequest;
  return JSON.stringify([
    name,
    engine.id,
    engine.version,
    device,
    model?.value,
    values,
    open,
    count?.value,
    nodes,
    devices,
  ]);
}

/** Files that are meant to become YAML; a text that only shows a Compose file is none. */
const MEANT = /\.(?:ya?ml|json)(?:\.\w+)?$|\.(?:j2|jinja2?|tpl|tmpl|gotmpl|erb|template)$/i;

function unreadable(file: SourceFile, reason: string): Extraction | null {
  const sign = MEANT.test(file.path) ? WRITTEN_LAUNCH.exec(file.text) : null;
  if (!sign) return null;
  const [what = ''] = reason.split('\n');
  const isTemplate = /\{[{%]/.test(file.text);
  const unsupported = {
    file: file.path,
    format: 'docker-compose',
    name: 'services',
    reason: isTemplate ? `It is a template, and ${what}` : `It cannot be read: ${what}`,
    remedy: isTemplate ? 'Render it and check the result.' : 'Correct the YAML; Compose would refuse it too.',
    place: placeOf(file, sign.index, sign.index + sign[0].length),
  };
  return { deployments: [], unsupported: [unsupported] };
}
