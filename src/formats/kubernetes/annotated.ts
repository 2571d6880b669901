import type { Unsupported } from '../../deployment.ts';
import { type MappedText, sliceMapped } from '../../syntax/mapped-text.ts';
import { readYamlIn } from '../../syntax/nested-yaml.ts';
import { at, entriesIn, itemsOf, type YamlValue } from '../../syntax/yaml.ts';
import { firstOf, placeOfEntry } from '../../syntax/unread.ts';
import { merged } from '../kustomize/merge.ts';
import { cannotRead } from '../unsupported.ts';
import type { Pod } from './pods.ts';

/** A patch of a pod that a controller lays over it (`dual-pod.llm-d.ai/server-patch` of llm-d's fast model actuation). */
const PATCH = /^[ \t]*containers[ \t]*:/m;
/** What `kubectl apply` keeps there is the document itself once more. */
const COPY = /last-applied-configuration$/;
const LAUNCH =
  /vllm["']?,?[ \t]+["']?serve|vllm\.entrypoints|^[ \t]*- vllm[ \t]*$|sglang|llama-server|text-generation-launcher|trtllm-serve/m;
const MAX_ANNOTATIONS = 50;

/** The pods that annotations make, and the launches in annotations that cannot be read. */
export interface Annotated {
  readonly pods: readonly Pod[];
  readonly unsupported: readonly Unsupported[];
}

/** The pods that texts in the annotations of a document make of its own. */
export function annotatedPods(document: YamlValue, pods: readonly Pod[]): Annotated {
  const [pod] = pods;
  if (!pod) return { pods: [], unsupported: [] };
  const metadata = [at(document, 'metadata'), at(document, 'spec', 'template', 'metadata')];
  const annotations = metadata.flatMap((one) =>
    firstOf(entriesIn(at(one, 'annotations')), MAX_ANNOTATIONS, 'annotations', placeOfEntry),
  );
  const found: Pod[] = [];
  const unsupported: Unsupported[] = [];
  for (const { key, value } of annotations) {
    if (value.kind !== 'scalar' || COPY.test(key) || !PATCH.test(value.text.text)) continue;
    const yaml = readYamlIn(value.text);
    const [patch = null] = 'documents' in yaml && (yaml.broken ?? []).length === 0 ? yaml.documents : [];
    const spec = at(patch, 'spec');
    const whole = spec && itemsOf(at(spec, 'containers')).length > 0 ? merged(pod.spec, spec) : null;
    if (whole) {
      found.push({ ...pod, spec: whole });
      continue;
    }
    const sign = LAUNCH.exec(value.text.text);
    const anchor = sign && sliceMapped(value.text, sign.index, sign.index + sign[0].length);
    if (anchor) unsupported.push(unreadable(pod.name, key, anchor));
  }
  return { pods: found, unsupported };
}

function unreadable(name: string, key: string, anchor: MappedText): Unsupported {
  const reason = `Its annotation ${key.slice(0, 100)} holds a launch in a text that is no YAML as it stands.`;
  return cannotRead(reason, 'Put its values in and check the result.', name, 'kubernetes', anchor);
}
