import { figureText, keyWords } from './figure-text.ts';

/** The figures that a control compared, each under its name. */
export function Figures({ figures }: { readonly figures: Readonly<Record<string, string>> | undefined }) {
  const entries = Object.entries(figures ?? {});
  if (entries.length === 0) return <span class="none">–</span>;
  return (
    <dl class="figures">
      {entries.map(([key, value]) => (
        <div>
          <dt>{keyWords(key)}</dt>
          <dd>{figureText(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
