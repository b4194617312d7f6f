import type { ComponentChildren } from 'preact';

interface FactsProps {
  readonly facts: Readonly<Record<string, ComponentChildren>>;
  /** Side by side where there is room. */
  readonly isWide?: boolean;
}

/** Names and values; what has no value is left out. */
export function Facts({ facts, isWide = false }: FactsProps) {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
  return (
    <dl class={isWide ? 'facts is-wide' : 'facts'}>
      {known.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
