import fc from 'fast-check';

/** Something that reads what others wrote, with inputs to throw at it. */
export interface FuzzTarget {
  readonly name: string;
  /** One run on a new input; throws when a promise is broken. */
  readonly property: fc.IProperty<[unknown]>;
}

/** Fails with words unless a promise holds. */
export function promise(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** An input that takes longer hangs, whatever the machine. */
const LIMIT_MILLISECONDS = 10_000;

export function bounded<T>(inputs: fc.Arbitrary<T>, run: (input: T) => void): fc.IProperty<[unknown]> {
  return fc.property(inputs, (input) => {
    const started = performance.now();
    run(input);
    const took = performance.now() - started;
    promise(took < LIMIT_MILLISECONDS, `it took ${(took / 1000).toFixed(1)} s`);
  }) as fc.IProperty<[unknown]>;
}
