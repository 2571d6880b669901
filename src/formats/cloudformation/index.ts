import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, readYaml, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import type { GpuRequest, Located } from '../../deployment.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf, type Launched, launchOf } from '../launch.ts';
import { cannotRead } from '../unsupported.ts';
import { TELLS_ENGINE } from './variables.ts';
import { firstOf, placeOfEntry } from '../../syntax/unread.ts';

const ID = 'cloudformation';

/** CloudFormation templates: the containers of SageMaker models on the instances of their endpoints. */
export const cloudformation: Format = {
  id: ID,
  title: 'CloudFormation templates',
  detect: ({ text }) => MODEL.test(text),
  extract,
  edit: editDeployment,
};

const MODEL = /\bAWS::SageMaker::Model\b/;
/** Resources of one template (CloudFormation quotas: 500). */
const MAX_RESOURCES = 500;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  const [template] = 'reason' in yaml ? [] : yaml.documents;
  if (!template) return null;
  const resources = firstOf(entriesIn(at(template, 'Resources')), MAX_RESOURCES, 'resources', placeOfEntry);
  const models = resources.filter(({ value }) => textOf(at(value, 'Type')) === 'AWS::SageMaker::Model');
  return extractionOf(
    models.flatMap((model) => {
      const properties = at(model.value, 'Properties');
      const primary = at(properties, 'PrimaryContainer');
      const containers = [...(primary ? [primary] : []), ...itemsOf(at(properties, 'Containers'))];
      const gpuRequest = { name: instanceOf(model, resources, template), count: null, nodes: 1 };
      return containers.flatMap((one) => launchOfContainer(one, model, template, gpuRequest, context) ?? []);
    }),
  );
}

function launchOfContainer(
  container: YamlValue,
  model: YamlEntry,
  template: YamlValue,
  gpuRequest: GpuRequest,
  context: FormatContext,
): Launched | null {
  const image = wordOf(entryIn(container, 'Image'), template);
  const environment = new Map(
    entriesIn(at(container, 'Environment')).flatMap((entry) => {
      const word = wordOf(entry, template);
      return word ? [[entry.key, word] as const] : [];
    }),
  );
  const known = image !== null && (image.unresolved === null || ACCOUNT_ONLY.test(image.text.text));
  const launched = launchOf(
    {
      format: ID,
      name: model.key,
      words: [],
      hasCommand: false,
      image: known ? { value: image.text.text, place: placeOfMapped(image.text) } : null,
      environment,
      gpuRequest,
      sequence: null,
      anchor: model.keyText,
    },
    context,
  );
  if (launched || known || ![...environment.keys()].some((name) => TELLS_ENGINE.test(name))) return launched;
  const reason = 'CloudFormation computes its image, so it is not known which engine it starts.';
  const remedy = 'Write the image out, or give its parameter a default.';
  return { unsupported: cannotRead(reason, remedy, model.key, ID, image?.text ?? model.keyText) };
}

/** An address in which only the account's own region and suffix are filled in. */
const ACCOUNT_ONLY = /^[^${}]*(?:\$\{AWS::\w{1,40}\}[^${}]*){1,6}$/;

/** The instance of the endpoint that serves a model, where the template has one for it. */
function instanceOf(model: YamlEntry, resources: readonly YamlEntry[], template: YamlValue): Located<string> | null {
  const variants = resources
    .filter(({ value }) => textOf(at(value, 'Type')) === 'AWS::SageMaker::EndpointConfig')
    .flatMap(({ value }) => itemsOf(at(value, 'Properties', 'ProductionVariants')));
  const own = variants.filter((one) => referredBy(entryIn(one, 'ModelName')) === model.key);
  const word = own.length === 1 && own[0] ? wordOf(entryIn(own[0], 'InstanceType'), template) : null;
  return word?.unresolved === null ? { value: word.text.text, place: placeOfMapped(word.text) } : null;
}

function entryIn(value: YamlValue, key: string): YamlEntry | null {
  return entriesIn(value).find((entry) => entry.key === key) ?? null;
}

/** The resource or parameter that `!Ref X`, `!GetAtt X.Y` and their long forms name. */
function referredBy(entry: YamlEntry | null): string | null {
  if (!entry) return null;
  const { value } = entry;
  if (value.kind === 'scalar')
    return /^!(?:Ref|GetAtt)$/.test(value.node.tag ?? '') ? firstPart(value.text.text) : null;
  const attribute = at(value, 'Fn::GetAtt');
  const name = textOf(at(value, 'Ref')) ?? textOf(attribute) ?? textOf(itemsOf(attribute)[0] ?? null);
  return name === null ? null : firstPart(name);
}

function firstPart(name: string): string {
  return name.split('.', 1)[0] ?? name;
}

/** A value as it is written, or the default of the parameter that it refers to; what else only CloudFormation knows is open. */
function wordOf(entry: YamlEntry | null, template: YamlValue): Word | null {
  if (!entry) return null;
  const { value, keyText } = entry;
  const referred = referredBy(entry);
  const given = referred === null ? null : at(template, 'Parameters', referred, 'Default');
  if (given?.kind === 'scalar') return { text: given.text, unresolved: null };
  if (referred !== null) return { text: keyText, unresolved: `the parameter ${referred} has no default` };
  if (value.kind !== 'scalar') return { text: keyText, unresolved: COMPUTED };
  const isPlain = !/^![A-Z]/.test(value.node.tag ?? '') || !value.text.text.includes('${');
  return { text: value.text, unresolved: isPlain && !/^!(?!Sub)[A-Z]/.test(value.node.tag ?? '') ? null : COMPUTED };
}

const COMPUTED = 'CloudFormation computes it';
