import { exceeds } from './unread.ts';

/** One `{{ … }}` of a Go template. */
export interface TemplateAction {
  readonly start: number;
  readonly end: number;
  /** `output` writes something; everything else only decides what is written. */
  readonly kind: 'output' | 'open' | 'else' | 'end' | 'silent';
  /** `if`, `range`, `with`, `define`, `block`; for an else whether it has a condition of its own. */
  readonly word: string;
}

const MAX_ACTIONS = 5_000;

/** The actions of a Go template (text/template) in their order; text in quotes inside an action ends none. */
export function templateActions(text: string): TemplateAction[] {
  const actions: TemplateAction[] = [];
  for (let at = text.indexOf('{{'); at !== -1; at = text.indexOf('{{', at)) {
    if (exceeds(actions.length + 1, MAX_ACTIONS, 'actions of a template')) break;
    const end = endOf(text, at + 2);
    if (end === -1) break;
    const inner = text
      .slice(at + 2, end - 2)
      .replace(/^-\s?|\s?-$/g, '')
      .trim();
    actions.push({ start: at, end, ...kindOf(inner) });
    at = end;
  }
  return actions;
}

function endOf(text: string, from: number): number {
  if (/^-?\s*\/\*/.test(text.slice(from, from + 8))) {
    const close = text.indexOf('*/', from);
    const end = close === -1 ? -1 : text.indexOf('}}', close);
    return end === -1 ? -1 : end + 2;
  }
  for (let at = from; at < text.length; at++) {
    const unit = text[at];
    if (unit === '}' && text[at + 1] === '}') return at + 2;
    if (unit !== '"' && unit !== '`') continue;
    const quoted = unit === '"' ? /"(?:[^"\\]|\\.){0,10000}"/sy : /`[^`]{0,10000}`/y;
    quoted.lastIndex = at;
    // A quote that nothing closes is not the template's.
    if (!quoted.test(text)) return -1;
    at = quoted.lastIndex - 1;
  }
  return -1;
}

function kindOf(inner: string): Pick<TemplateAction, 'kind' | 'word'> {
  const [word = ''] = /^\/\*|^[a-z]+/.exec(inner) ?? [];
  if (/^(?:if|range|with|define|block)$/.test(word)) return { kind: 'open', word };
  if (word === 'else') return { kind: 'else', word: inner === 'else' ? 'else' : 'else if' };
  if (word === 'end') return { kind: 'end', word };
  const silent = word === '/*' || /^\$\w*\s*:?=/.test(inner) || /^(?:break|continue|fail|template)$/.test(word);
  return { kind: silent ? 'silent' : 'output', word };
}

/** A part of a template that is written only sometimes. */
export interface TemplateBranch {
  readonly start: number;
  readonly end: number;
  /** Whether it is what stands when no condition holds. */
  readonly isDefault: boolean;
  /** Whether another branch of the same choice stands behind it. */
  readonly isReplaced: boolean;
  /** The whole choice, from its first action to its last. */
  readonly whole: { readonly start: number; readonly end: number };
}

/** Every branch of every choice and loop, the outer ones after those inside them. */
export function branchesOf(actions: readonly TemplateAction[]): TemplateBranch[] {
  const branches: TemplateBranch[] = [];
  const open: { readonly first: TemplateAction; readonly elses: TemplateAction[] }[] = [];
  for (const action of actions) {
    if (action.kind === 'open') open.push({ first: action, elses: [] });
    if (action.kind === 'else') open.at(-1)?.elses.push(action);
    if (action.kind !== 'end') continue;
    const block = open.pop();
    if (!block || /^(?:define|block)$/.test(block.first.word)) continue;
    const marks = [block.first, ...block.elses];
    for (const [index, mark] of marks.entries()) {
      const next = marks[index + 1];
      branches.push({
        start: mark.end,
        end: (next ?? action).start,
        isDefault: mark.word === 'else',
        isReplaced: next !== undefined,
        whole: { start: block.first.start, end: action.end },
      });
    }
  }
  return branches;
}
