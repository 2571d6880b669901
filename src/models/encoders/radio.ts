import { flag, list, ratio, recordOf, section, size, text, type Fields } from '../config/fields.ts';
import { constant, norm, replicated } from '../tensors.ts';
import { CLASSIC, patchEmbedding, tower, unknownItem, type Sizes, type Tower } from './tower.ts';
import { table } from '../../table.ts';

/** Sizes by the name that timm gives the model (vLLM transformers_utils/configs/radio.py). */
const SIZES: Readonly<Record<string, Omit<Sizes, 'patch'>>> = table({
  vit_small_patch16_224: { hidden: 384, depth: 12, heads: 6, inner: 1536 },
  vit_base_patch16_224: { hidden: 768, depth: 12, heads: 12, inner: 3072 },
  vit_large_patch16_224: { hidden: 1024, depth: 24, heads: 16, inner: 4096 },
  vit_huge_patch16_224: { hidden: 1280, depth: 32, heads: 16, inner: 5120 },
});

/** RADIO with a place for every patch of its largest picture, and Nemotron's projector (models/nano_nemotron_vl.py). */
export const radio: Tower = ({ root, config, textHiddenSize }) => {
  const args = section(config, 'args') ?? {};
  const name = text(args, 'model') ?? '';
  const known = Object.hasOwn(SIZES, name) ? SIZES[name] : undefined;
  const inner = size(root, 'projector_hidden_size');
  if (!known || inner === null) return null;
  const patch = size(config, 'patch_size') ?? 16;
  const sizes = { ...known, patch };
  const frames = size(config, 'video_temporal_patch_size') ?? 1;
  const places = Math.round((size(args, 'cpe_max_size') ?? 2048) / patch) ** 2;
  const wide = sizes.hidden * Math.round(1 / (ratio(root, 'downsample_ratio') ?? 0.5)) ** 2;
  return tower({
    sizes,
    style: CLASSIC,
    patchValues: 3 * patch ** 2,
    items: [unknownItem('image'), unknownItem('video')],
    tensors: [
      patchEmbedding(sizes.hidden, 3 * patch ** 2, false),
      ...(frames > 1 ? [patchEmbedding(sizes.hidden, 3 * frames * patch ** 2, false)] : []),
      constant('vision', 'pos_embed', places, sizes.hidden),
      constant('vision', 'cls_token', tokensBefore(args), sizes.hidden),
      norm('mlp1.0', wide, false, 'projector'),
      replicated('projector', 'mlp1.1', inner, wide, { linear: false }),
      replicated('projector', 'mlp1.3', textHiddenSize, inner, { linear: false }),
    ],
  });
};

/** One token for each teacher where they have their own, filled up with registers. */
function tokensBefore(args: Fields): number {
  const names = (list(args, 'teachers') ?? []).map((teacher) => text(recordOf(teacher) ?? {}, 'name'));
  const own = flag(args, 'cls_token_per_teacher') === true ? new Set(names).size : 1;
  const multiple = size(args, 'register_multiple');
  return multiple === null ? own : own + multiple - (own % multiple);
}
