import { useMemo } from 'preact/hooks';
import { to } from '#dashboard/address.ts';
import { Plot } from '#dashboard/components/plot.tsx';
import { TableHead } from '#dashboard/components/table-head.tsx';
import { taskName } from '#dashboard/store.ts';
import { clockTime, exact } from '#dashboard/time.ts';
import { seconds, secondsOnAxis } from '#dashboard/words.ts';
import type { SentPing } from '#schemas/sent-ping.ts';
import { type Question, questionsOf } from './facts.ts';
import '#dashboard/components/more.css';
import '#dashboard/components/table.css';

interface Answer extends Question {
  readonly seconds: number;
}
const isAnswered = (question: Question): question is Answer => question.seconds !== null;

/** How long its answers took: a plot, the same in a sentence, and as a table. */
export function Latency({ pings }: { readonly pings: readonly SentPing[] }) {
  const questions = questionsOf(pings);
  const answers = questions.filter(isAnswered);
  const summary = answers.length === 0 ? silence(questions.length) : spread(answers, questions.length - answers.length);
  return (
    <section class="card stack" aria-labelledby="latency">
      <h2 id="latency">Time to answer</h2>
      {answers.length > 1 ? <AnswersPlot answers={answers} summary={summary} /> : <p class="muted small">{summary}</p>}
      {questions.length > 0 && (
        <details class="more">
          <summary>As a table</summary>
          <Questions questions={questions} />
        </details>
      )}
    </section>
  );
}

function silence(pings: number): string {
  if (pings === 0) return 'It was not pinged yet.';
  return pings === 1 ? 'One ping, which is not answered.' : `${pings} pings, none of them answered.`;
}

function spread(answers: readonly Answer[], open: number): string {
  const sorted = answers.map((answer) => answer.seconds).sort((a, b) => a - b);
  const at = (share: number): string => seconds(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  const rest = open === 0 ? 'Nothing is unanswered.' : `${open} unanswered.`;
  return `${sorted.length} answers: half within ${at(0.5)}, 95 of 100 within ${at(0.95)}, the slowest ${at(1)}. ${rest}`;
}

function AnswersPlot({ answers, summary }: { readonly answers: readonly Answer[]; readonly summary: string }) {
  // The same as long as the answers are: pings are read anew all the time.
  const { times, lines, slowest } = useMemo(() => {
    const values = answers.map((answer) => answer.seconds);
    return {
      times: answers.map(({ asked }) => asked / 1000),
      lines: [{ label: 'Time to answer', colour: 'accent', hasDots: true, values }],
      slowest: Math.max(...values),
    };
  }, [answers.at(-1)?.pingId, answers.length]);
  return <Plot times={times} lines={lines} format={secondsOnAxis} range={[0, Math.max(1, slowest * 1.1)]} summary={summary} />;
}

const Questions = ({ questions }: { readonly questions: readonly Question[] }) => (
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
