import { mappedIdentity, type MappedText } from '../../syntax/mapped-text.ts';
import type { TemplateAction, TemplateBranch } from '../../syntax/template-actions.ts';
import { at, entriesIn, itemsOf, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';

/** What an expression of a template comes to: a part of the chart's values (null: not set), or what the template says itself; null for what only rendering tells. */
export type Term =
  | { readonly kind: 'value'; readonly value: YamlValue | null }
  | { readonly kind: 'literal'; readonly value: Plain; readonly text: MappedText }
  | null;

type Plain = string | number | boolean | null;

/** A template with what it is rendered with. */
export interface Rendering {
  readonly file: SourceFile;
  readonly actions: readonly TemplateAction[];
  readonly branches: readonly TemplateBranch[];
  readonly values: YamlValue;
  /** `Chart.yaml` */
  readonly chart: YamlValue | null;
}

/** What the expression at a range of the template comes to, where an action stands. */
export type Evaluate = (start: number, end: number, action: TemplateAction) => Term;

/** Tokens of one expression, and expressions that one is made of, by the dot, variables and parentheses. */
const MAX_TOKENS = 120;
const MAX_DEPTH = 12;

/** Evaluates expressions of Go templates as far as the values of the chart decide them (text/template, Sprig). */
export function evaluator({ file, actions, branches, values, chart }: Rendering): Evaluate {
  const assigned = assignments(file, actions, branches);
  const terms = new Map<number, Term>();
  const openings = new Map(actions.map((one) => [one.start, one]));

  function evaluate(start: number, end: number, action: TemplateAction, depth: number): Term {
    const tokens = depth > MAX_DEPTH ? null : tokensOf(file.text, start, end);
    if (tokens === null) return null;
    let next = 0;

    function pipeline(level: number): Term {
      let term = command(null, level);
      while (tokens?.[next]?.kind === '|') {
        next++;
        term = command({ term }, level);
      }
      return term;
    }

    function command(piped: { readonly term: Term } | null, level: number): Term {
      const first = tokens?.[next];
      const name = first?.kind === 'name' ? first.text : null;
      if (name !== null) next++;
      const operands: Term[] = [];
      for (let token = tokens?.[next]; token && token.kind !== '|' && token.kind !== ')'; token = tokens?.[next]) {
        next++;
        operands.push(operand(token, level));
      }
      if (piped) operands.push(piped.term);
      if (name !== null) return applied(name, operands);
      const [only] = operands;
      return operands.length === 1 && only ? only : null;
    }

    function operand(token: Token, level: number): Term {
      if (token.kind === '(') {
        const inner = level > MAX_DEPTH ? null : pipeline(level + 1);
        if (tokens?.[next]?.kind === ')') next++;
        return inner;
      }
      if (token.kind === 'path') return pathAt(token.text);
      if (token.kind === 'name') return WORDS.has(token.text) ? literal(token, WORDS.get(token.text) ?? null) : null;
      return token.kind === 'number' ? literal(token, Number(token.text)) : literal(token, token.text);
    }

    function literal({ start: from, end: to }: Token, value: Plain): Term {
      const encode = (text: string): string | null => (/["\\`{}\n\r]/.test(text) ? null : text);
      return { kind: 'literal', value, text: mappedIdentity(file, from, to, encode) };
    }

    function pathAt(path: string): Term {
      const [head = '', ...keys] = path.split('.');
      const isRoot = (head === '' || head === '$') && /^(?:Values|Chart)$/.test(keys[0] ?? '');
      if (isRoot && keys[0] === 'Chart') return chartAt(chart, keys.slice(1));
      if (isRoot) return below({ kind: 'value', value: values }, keys.slice(1));
      if (head === '') {
        const dot = dotAt(action, depth);
        return below(dot, keys[0] === '' ? [] : keys);
      }
      const source = assigned.get(head.slice(1));
      return source ? below(once(source, depth), keys) : null;
    }

    const term = pipeline(0);
    return next === tokens.length ? term : null;
  }

  /** What many expressions ask for is worked out once; what asks for itself is not known. */
  function once({ start, end, action }: Assignment, depth: number): Term {
    const known = terms.get(start);
    if (known !== undefined) return known;
    terms.set(start, null);
    const term = evaluate(start, end, action, depth + 1);
    terms.set(start, term);
    return term;
  }

  /** What the dot stands for at an action: what the nearest `with` around it takes; null where that is a loop or nothing. */
  function dotAt(action: TemplateAction, depth: number): Term {
    // The inner ones come first.
    for (const { start, end, whole } of branches) {
      if (action.start < start || end <= action.start) continue;
      const opening = openings.get(whole.start);
      if (!opening || opening.word === 'if') continue;
      if (opening.word !== 'with' || opening.end !== start) return null;
      const own = rangeOf(file.text, opening, /^with\s+/);
      return own && once({ ...own, action: opening }, depth);
    }
    return null;
  }

  return (start, end, action) => evaluate(start, end, action, 0);
}

/** Whether a condition holds; null where only rendering tells. */
export function truthOf(term: Term): boolean | null {
  if (term === null) return null;
  const plain = plainOf(term);
  if (plain !== undefined) return plain !== null && plain !== false && plain !== '' && plain !== 0;
  const whole = term.kind === 'value' ? term.value : null;
  return itemsOf(whole).length + entriesIn(whole).length > 0;
}

/** What an action says behind the words in front of its expression; null where it does not begin with these. */
export function rangeOf(
  text: string,
  { start, end }: TemplateAction,
  front = /^/,
): { readonly start: number; readonly end: number } | null {
  const inner = text.slice(start + 2, end - 2);
  const lead = /^-?\s*/.exec(inner)?.[0].length ?? 0;
  const tail = inner.replace(/\s-$/, '').trimEnd().length;
  const words = front.exec(inner.slice(lead, tail));
  return words ? { start: start + 2 + lead + words[0].length, end: start + 2 + tail } : null;
}

interface Token {
  readonly kind: 'string' | 'number' | 'path' | 'name' | '(' | ')' | '|';
  readonly text: string;
  /** Range of what it says, without quotes. */
  readonly start: number;
  readonly end: number;
}

const WORDS: ReadonlyMap<string, Plain> = new Map<string, Plain>([
  ['true', true],
  ['false', false],
  ['nil', null],
]);
const TOKEN =
  /\s*(?:"([^"\\\n]{0,300})"|`([^`\n]{0,300})`|(-?\d{1,15}(?:\.\d{1,15})?)(?![\w.])|([.$][\w.]{0,200})|([A-Za-z_]\w{0,60})|([()|]))/y;

function tokensOf(text: string, start: number, end: number): readonly Token[] | null {
  const tokens: Token[] = [];
  TOKEN.lastIndex = start;
  while (TOKEN.lastIndex < end && text.slice(TOKEN.lastIndex, end).trim() !== '') {
    const found = TOKEN.exec(text);
    if (!found || TOKEN.lastIndex > end || tokens.length >= MAX_TOKENS) return null;
    const [, double, single, number, path, name, sign] = found;
    const quoted = double ?? single;
    const said = quoted ?? number ?? path ?? name ?? sign ?? '';
    const kind =
      quoted !== undefined
        ? 'string'
        : number !== undefined
          ? 'number'
          : path !== undefined
            ? 'path'
            : name !== undefined
              ? 'name'
              : sign;
    const to = TOKEN.lastIndex - (quoted === undefined ? 0 : 1);
    tokens.push({ kind: kind as Token['kind'], text: said, start: to - said.length, end: to });
  }
  return tokens;
}

interface Assignment {
  readonly start: number;
  readonly end: number;
  readonly action: TemplateAction;
}

/** Variables that get one value, outside of loops (`{{- $cfg := .Values.vllm }}`). */
function assignments(
  file: SourceFile,
  actions: readonly TemplateAction[],
  branches: readonly TemplateBranch[],
): ReadonlyMap<string, Assignment> {
  const found = new Map<string, Assignment | null>();
  for (const action of actions) {
    const [, names = ''] =
      /^\{\{-?\s*(?:(?:range|with|if|else if)\s+)?(\$\w+(?:\s*,\s*\$\w+)?)\s*:?=/.exec(
        file.text.slice(action.start, action.end),
      ) ?? [];
    for (const name of names.split(',').map((one) => one.trim().slice(1))) {
      const own =
        action.kind === 'silent' && !names.includes(',') ? rangeOf(file.text, action, /^\$\w+\s*:?=\s*/) : null;
      const loops = branches.some(({ start, end }) => start <= action.start && action.start < end);
      if (name !== '') found.set(name, found.has(name) || loops || !own ? null : { ...own, action });
    }
  }
  return new Map([...found].flatMap(([name, one]) => (one ? [[name, one] as const] : [])));
}

function below(term: Term, keys: readonly string[]): Term {
  if (keys.length === 0 || term === null) return term;
  if (term.kind === 'literal' || keys.includes('')) return null;
  const value = at(term.value, ...keys);
  // What the values leave out is nothing, unless a chart above may say it.
  return value === null && keys[0] === 'global' ? null : { kind: 'value', value };
}

function chartAt(chart: YamlValue | null, keys: readonly string[]): Term {
  const [key = '', ...more] = keys;
  const value = at(chart, key.slice(0, 1).toLowerCase() + key.slice(1));
  return value === null || more.length > 0 ? null : { kind: 'value', value };
}

/** Functions that leave what is written as it is. */
const SAME = /^(?:quote|squote|toString|int|int64|float64|trim|tpl)$/;

function applied(name: string, operands: readonly Term[]): Term {
  const [first = null, second = null, third = null] = operands;
  const last = operands.at(-1) ?? null;
  if (SAME.test(name)) return name === 'tpl' && /\{\{/.test(String(plainOf(first))) ? null : first;
  const [own, other] = [truthOf(first), truthOf(second)];
  switch (name) {
    case 'default':
      return other === null ? null : other ? second : first;
    case 'required':
      return other === false ? null : last;
    case 'coalesce':
      return coalesced(operands);
    case 'ternary':
      return truthOf(third) === null ? null : truthOf(third) ? first : second;
    case 'index':
      return operands.slice(1).reduce<Term>((term, key) => {
        const plain = plainOf(key);
        return typeof plain === 'string' ? below(term, [plain]) : null;
      }, first);
    case 'not':
    case 'empty':
      return own === null ? null : decided(!own);
    case 'and': {
      const known = operands.map(truthOf);
      return known.includes(false) ? decided(false) : known.includes(null) ? null : last;
    }
    case 'or': {
      const known = operands.map(truthOf);
      if (own === true) return first;
      if (known.includes(true)) return decided(true);
      return known.includes(null) ? null : last;
    }
    case 'eq':
    case 'ne': {
      const same = operands.slice(1).map((one) => isSame(first, one));
      const equal = same.includes(true) ? true : same.includes(null) ? null : false;
      return equal === null ? null : decided(equal === (name === 'eq'));
    }
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le': {
      const [a, b] = [plainOf(first), plainOf(second)];
      if (typeof a !== 'number' || typeof b !== 'number') return null;
      return decided(name === 'gt' ? a > b : name === 'ge' ? a >= b : name === 'lt' ? a < b : a <= b);
    }
    default:
      return null;
  }
}

function coalesced(operands: readonly Term[]): Term {
  for (const one of operands) {
    const holds = truthOf(one);
    if (holds !== false) return holds === null ? null : one;
  }
  return null;
}

function decided(value: boolean): Term {
  return { kind: 'literal', value, text: { text: '', segments: [] } };
}

/** A single value; undefined for what is none, or not known. */
function plainOf(term: Term): Plain | undefined {
  if (term === null) return undefined;
  if (term.kind === 'literal') return term.value;
  if (term.value === null) return null;
  return term.value.kind === 'scalar' ? term.value.value : undefined;
}

/** Whether two single values are the same. One that the chart leaves for whoever installs it to choose is not known. */
function isSame(a: Term, b: Term): boolean | null {
  const [one, other] = [plainOf(a), plainOf(b)];
  if (one === undefined || other === undefined) return null;
  const isEmpty = (plain: Plain): boolean => plain === null || plain === '';
  if (a?.kind === 'value' && isEmpty(one) && !isEmpty(other)) return null;
  if (b?.kind === 'value' && isEmpty(other) && !isEmpty(one)) return null;
  return one === other;
}
