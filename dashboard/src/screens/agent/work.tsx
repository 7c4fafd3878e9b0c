import { useState } from 'preact/hooks';
import { pingTask } from '#dashboard/actions/direct-task.ts';
import { to } from '#dashboard/address.ts';
import { Age, Countdown } from '#dashboard/components/age.tsx';
import { Button } from '#dashboard/components/button.tsx';
import { Empty } from '#dashboard/components/empty.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { StatusBadge } from '#dashboard/components/status-badge.tsx';
import { TableHead } from '#dashboard/components/table-head.tsx';
import { may } from '#dashboard/rights.ts';
import { isOpenAssignment, taskName } from '#dashboard/store.ts';
import { clockTime, exact } from '#dashboard/time.ts';
import type { Assignment } from '#schemas/resources.ts';
import type { SentPing } from '#schemas/sent-ping.ts';
import { type Receipt, type Receipts, receiptsOf } from './receipts.ts';
import '#dashboard/components/table.css';
import './work.css';

const FEW = 10;

/** What it holds, and held: the open ones first, each with what is due. */
export function Assignments({ assignments }: { readonly assignments: readonly Assignment[] }) {
  const [isWhole, setWhole] = useState(false);
  const sorted = [...assignments.filter(isOpenAssignment), ...assignments.filter((each) => !isOpenAssignment(each))];
  const shown = isWhole ? sorted : sorted.slice(0, FEW);
  return (
    <section class="card stack" aria-labelledby="assignments">
      <h2 id="assignments">Assignments</h2>
      {shown.length === 0 && <Empty icon="listChecks" title="It was given nothing yet" />}
      <ul>
        {shown.map((assignment) => (
          <li key={assignment.id} class="work">
            <a class="any-text name" data-row={assignment.id} href={to.task(assignment.task_id)}>
              {taskName(assignment.task_id)}
            </a>
            <StatusBadge assignment={assignment.status} />
            <span class="muted small">{isOpenAssignment(assignment) ? <Due assignment={assignment} /> : <Closed assignment={assignment} />}</span>
            {isOpenAssignment(assignment) && may('direct_tasks') && (
              <Button kind="quiet" icon="send" label={`Ping about ${taskName(assignment.task_id)}`} onClick={() => pingTask(assignment.task_id)} />
            )}
          </li>
        ))}
      </ul>
      <More count={sorted.length} isWhole={isWhole} show={setWhole} />
    </section>
  );
}

function Due({ assignment: { respond_by, snooze_until, status } }: { readonly assignment: Assignment }) {
  if (status === 'snoozed' && snooze_until !== null) {
    return (
      <>
        asked again <Countdown to={snooze_until} bar={false} />
      </>
    );
  }
  return respond_by === null ? (
    <>no deadline</>
  ) : (
    <>
      answer due <Countdown to={respond_by} bar={false} />
    </>
  );
}

const Closed = ({ assignment: { failure_reason, closed_at } }: { readonly assignment: Assignment }) => (
  <>
    {failure_reason !== null && `${failure_reason}, `}
    <Age at={closed_at} />
  </>
);

const More = ({ count, isWhole, show }: { readonly count: number; readonly isWhole: boolean; readonly show: (isWhole: boolean) => void }) =>
  count <= FEW ? null : (
    <Button kind="quiet" icon={isWhole ? 'chevronRight' : 'chevronDown'} onClick={() => show(!isWhole)} always>
      {isWhole ? 'Fewer' : `All ${count}`}
    </Button>
  );

interface PingsProps {
  readonly pings: readonly SentPing[];
  /** Of the same agent: those that are known. */
  readonly assignments: readonly Assignment[];
}

/** Each attempt with its three receipts. */
export function Pings({ pings, assignments }: PingsProps) {
  const [isWhole, setWhole] = useState(false);
  const closed = new Set(assignments.flatMap((assignment) => (isOpenAssignment(assignment) ? [] : [assignment.id])));
  return (
    <section class="card stack" aria-labelledby="pings">
      <h2 id="pings">Pings</h2>
      {pings.length === 0 ? (
        <Empty icon="send" title="It was not pinged yet" />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, and the keyboard has to reach that
        <section class="table-scroll" tabIndex={0} aria-label="Pings, newest first">
          <table class="table pings">
            <TableHead columns={['Asked', 'Task', 'Kind', 'Published', 'Delivered', 'Answered']} />
            <tbody>
              {(isWhole ? pings : pings.slice(0, FEW)).map((ping) => (
                <PingRow key={ping.id} ping={ping} receipts={receiptsOf(ping, pings, closed.has(ping.assignment_id))} />
              ))}
            </tbody>
          </table>
        </section>
      )}
      <More count={pings.length} isWhole={isWhole} show={setWhole} />
    </section>
  );
}

const PingRow = ({ ping, receipts }: { readonly ping: SentPing; readonly receipts: Receipts }) => (
  <tr>
    <td title={exact(ping.created_at)}>{clockTime(ping.created_at)}</td>
    <td class="pings-task">
      <a class="name" href={to.task(ping.task_id)}>
        {taskName(ping.task_id)}
      </a>
    </td>
    <td>
      {ping.kind.replace('_', ' ')}
      {ping.attempt > 1 && <span class="muted small"> (attempt {ping.attempt})</span>}
      {ping.webhook !== null && <span class="muted small"> {webhookWords(ping.webhook)}</span>}
    </td>
    <ReceiptCell receipt={receipts.published} />
    <ReceiptCell receipt={receipts.delivered} />
    <ReceiptCell receipt={receipts.answered} />
  </tr>
);

const webhookWords = ({ tries, outcome, next_try_at }: NonNullable<SentPing['webhook']>): string =>
  `webhook: ${outcome ?? 'on its way'}${tries > 1 ? `, ${tries} tries` : ''}${next_try_at !== null && outcome !== null ? ', again soon' : ''}`;

/** That it happened, and how long after the asking. */
const ReceiptCell = ({ receipt: { at, text } }: { readonly receipt: Receipt }) => (
  <td title={at === null ? undefined : exact(at)}>
    <span class="receipt" data-tone={at === null ? 'calm' : 'good'}>
      <Icon name={at === null ? 'circleDashed' : 'check'} size={14} />
      {text}
    </span>
  </td>
);
