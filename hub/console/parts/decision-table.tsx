import { keyWords, plainWord } from './figure-text.ts';
import { Figures } from './figures.tsx';
import { Hash, StateMark } from './marks.tsx';
import { RecordFields } from './record-fields.tsx';
import { type JsonRecord, listIn, recordIn, textIn } from './stored-body.ts';

/** Each control's verdict with its limit, the observed figure, the age of the data and the rule's version. */
export function DecisionTable({ decision }: { readonly decision: JsonRecord }) {
  const facts = recordIn(decision, 'facts');
  return (
    <>
      <p class="note">
        Against sheet <Hash hash={textIn(decision, 'sheet')} /> and control set{' '}
        <Hash hash={textIn(decision, 'controls')} />.
      </p>
      <section class="scroll" tabindex={0} aria-label="Verdicts">
        <table>
          <caption class="unseen">Verdicts of all controls</caption>
          <thead>
            <tr>
              <th scope="col">Control</th>
              <th scope="col" class="number">
                Version
              </th>
              <th scope="col">Scope</th>
              <th scope="col">Verdict</th>
              <th scope="col">Reason</th>
              <th scope="col">Limit and figures</th>
            </tr>
          </thead>
          <tbody>
            {listIn(decision, 'rows').map((row) => (
              <VerdictRow row={row} />
            ))}
          </tbody>
        </table>
      </section>
      <details>
        <summary>Facts that the decision was made on</summary>
        <FactFields facts={facts} />
      </details>
    </>
  );
}

function VerdictRow({ row }: { readonly row: JsonRecord }) {
  const verdict = textIn(row, 'verdict');
  const figures = Object.fromEntries(
    Object.entries(recordIn(row, 'figures')).map(([key, value]) => [key, String(value)]),
  );
  return (
    <tr class={verdict === 'refuse' ? 'refusing' : undefined}>
      <th scope="row">{plainWord(textIn(row, 'control'))}</th>
      <td class="number">{textIn(row, 'version')}</td>
      <td class="scope">{textIn(row, 'scope')}</td>
      <td>
        <StateMark state={verdict} />
      </td>
      <td>{textIn(row, 'reason')}</td>
      <td>
        <Figures figures={figures} />
      </td>
    </tr>
  );
}

function FactFields({ facts }: { readonly facts: JsonRecord }) {
  const { states, recent, ...simple } = facts;
  const recentOrders = recordIn(facts, 'recent')['orders'];
  const count = Array.isArray(recentOrders) ? recentOrders.length : 0;
  return (
    <>
      <RecordFields record={simple} />
      <dl class="fields">
        {states === undefined ? null : (
          <div>
            <dt>{keyWords('tradingStates')}</dt>
            <dd>
              {listIn(facts, 'states')
                .map((row) => `${textIn(row, 'scope')} ${textIn(row, 'state')}`)
                .join(', ')}
            </dd>
          </div>
        )}
        {recent === undefined ? null : (
          <div>
            <dt>recent orders</dt>
            <dd>{`${count} within ${textIn(recordIn(facts, 'recent'), 'windowMs')} ms`}</dd>
          </div>
        )}
      </dl>
    </>
  );
}
