import { isDecimalText } from '@gatehouse/shared/values/decimal.ts';
import { isInstantText } from '@gatehouse/shared/values/instant.ts';
import { figureText, keyWords } from './figure-text.ts';
import { Hash, Time } from './marks.tsx';
import type { JsonRecord } from './stored-body.ts';

/** Every field of a stored record under its own name, in the order of the record. */
export function RecordFields({ record }: { readonly record: JsonRecord }) {
  if (Object.keys(record).length === 0) return null;
  return (
    <dl class="fields">
      {Object.entries(record).map(([key, value]) => (
        <div>
          <dt>{keyWords(key)}</dt>
          <dd>
            <FieldValue name={key} value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

const IDENTIFIERS = /(^|[a-z])(id|Id|order|fill|account|trader|client|desk|instrument|segment|seq|Seq)$/;

function FieldValue({ name, value }: { readonly name: string; readonly value: unknown }) {
  if (typeof value === 'string') return <TextValue name={name} text={value} />;
  if (typeof value === 'number') return <>{`${value}`}</>;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return (
      <>
        {Object.entries(value)
          .map(
            ([key, inner]) => `${keyWords(key)} ${typeof inner === 'object' ? JSON.stringify(inner) : String(inner)}`,
          )
          .join(', ')}
      </>
    );
  }
  return <code class="json">{JSON.stringify(value)}</code>;
}

function TextValue({ name, text }: { readonly name: string; readonly text: string }) {
  if (/^[0-9a-f]{64}$/.test(text)) return <Hash hash={text} />;
  if (isInstantText(text)) return <Time at={text} isWhole />;
  if (isDecimalText(text) && !IDENTIFIERS.test(name)) return <span class="figure">{figureText(text)}</span>;
  if (text.includes('\n') || text.length > 300) {
    return (
      <details>
        <summary>{`${text.length} characters`}</summary>
        <pre tabindex={0}>{text}</pre>
      </details>
    );
  }
  return <>{text}</>;
}
