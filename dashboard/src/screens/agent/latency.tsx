import { useEffect, useRef } from 'preact/hooks';
import { to } from '#dashboard/address.ts';
import { TableHead } from '#dashboard/components/table-head.tsx';
import { scheme } from '#dashboard/scheme.ts';
import { taskName } from '#dashboard/store.ts';
import { clockTime, exact } from '#dashboard/time.ts';
import { reloadedFor } from '#dashboard/upgrade.tsx';
import type { SentPing } from '#schemas/sent-ping.ts';
import { type Question, questionsOf, seconds } from './facts.ts';
import '#dashboard/components/more.css';
import '#dashboard/components/table.css';
import './latency.css';

/** How long its answers took: a plot, the same in a sentence, and as a table. */
export function Latency({ pings }: { readonly pings: readonly SentPing[] }) {
  const questions = questionsOf(pings);
  const answered = questions.filter((question) => question.seconds !== null);
  const sorted = answered.map((question) => question.seconds ?? 0).sort((a, b) => a - b);
  const at = (share: number): string => seconds(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  const open = questions.length - answered.length;
  const summary =
    sorted.length === 0
      ? questions.length === 0
        ? 'It was not pinged yet.'
        : questions.length === 1
          ? 'One ping, which is not answered.'
          : `${questions.length} pings, none of them answered.`
      : `${sorted.length} answers: half within ${at(0.5)}, 95 of 100 within ${at(0.95)}, the slowest ${at(1)}. ${open === 0 ? 'Nothing is unanswered.' : `${open} unanswered.`}`;
  return (
    <section class="card stack" aria-labelledby="latency">
      <h2 id="latency">Time to answer</h2>
      <p class="muted small">{summary}</p>
      {sorted.length > 1 && <Plot questions={answered} summary={summary} />}
      {questions.length > 0 && (
        <details class="more">
          <summary>As a table</summary>
          <Answers questions={questions} />
        </details>
      )}
    </section>
  );
}

/** The library comes only when there is something to draw. */
function Plot({ questions, summary }: { readonly questions: readonly Question[]; readonly summary: string }) {
  const element = useRef<HTMLDivElement>(null);
  const newest = questions.at(-1)?.pingId;
  const chosen = scheme.value;
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    let end = (): void => {};
    let isOver = false;
    const draw = async (): Promise<void> => {
      const { drawLatency } = await import('./plot.ts');
      if (isOver || element.current === null) return;
      end();
      end = drawLatency(element.current, questions);
    };
    const redraw = (): void => void draw().catch(reloadedFor); // else the sentence and the table say the same
    redraw();
    dark.addEventListener('change', redraw);
    return () => {
      isOver = true;
      dark.removeEventListener('change', redraw);
      end();
    };
  }, [newest, questions.length, chosen]);
  return <div ref={element} class="plot" role="img" aria-label={`Plot of the time to answer. ${summary}`} />;
}

const Answers = ({ questions }: { readonly questions: readonly Question[] }) => (
  <div class="table-scroll">
    <table class="table">
      <TableHead columns={['Asked', 'Task', 'Answered after']} />
      <tbody>
        {questions.toReversed().map((question) => (
          <tr key={question.pingId}>
            <td title={exact(question.asked)}>{clockTime(question.asked)}</td>
            <td class="any-text">
              <a href={to.task(question.taskId)}>{taskName(question.taskId)}</a>
            </td>
            <td>{question.seconds === null ? 'not answered' : seconds(question.seconds)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
