import type { Task } from '#schemas/resources.ts';
import type { Stage } from './support.ts';

/** A day on which much goes on: what is looked at for room, contrast and targets, since an empty page has none to get wrong. */

/** More than a phone writes the names of. */
const AGENTS = 28;
/** Eight for each column of the board, with all that a card can tell. */
const TASKS = 48;
/** Nobody answered these: with them a column has more than it draws. */
const UNANSWERED = 38;
const AT_ONCE = 20;
const SKILLS = ['python', 'writing', 'review', 'translation', 'deployment', 'accounting', 'research'] as const;

/** Where the busy day can be looked at; `task`: one that is held and has been talked about. */
export const screensOf = ({ id, assigned_agent_id }: Task): Readonly<Record<string, string>> => ({
  overview: '/',
  'fleet as cards': '/ui/fleet?view=cards',
  'fleet as a list': '/ui/fleet?view=list',
  agent: `/ui/agents/${assigned_agent_id}`,
  board: '/ui/tasks?view=board',
  'list of tasks': '/ui/tasks?view=list',
  'new task': '/ui/tasks?view=list&new=1',
  task: `/ui/tasks/${id}`,
  'done task': `/ui/tasks/${id + 1}`,
  traffic: '/ui/traffic',
  events: '/ui/events',
  settings: '/ui/settings',
});

/** Tasks in every column of the board; gives one that is held, has a story, a conversation and stages. Its neighbour is done. */
export async function makeBusy(stage: Stage): Promise<Task> {
  await many(AGENTS, (i) =>
    stage.call('POST', '/agents', { name: `robot-${i}${i % 9 === 0 ? '-of-the-night-shift' : ''}`, capabilities: SKILLS.slice(0, i % 7), max_concurrent: 9 }),
  );
  const { items } = await stage.call<{ items: { id: number; name: string; type: string }[] }>('GET', '/agents?limit=200');
  const robots = items.filter(({ type }) => type === 'sub_agent');
  const holderOf = (i: number): { id: number; name: string } => robots[i % robots.length] ?? { id: 1, name: 'Ruto' };
  const told = await stage.task('Prepare the board meeting', { agent_name: holderOf(0).name, description: 'Figures, a plan.\n\nAnd the office.', priority: 8 });
  const done = await stage.task('Archive the old tickets', { agent_name: holderOf(0).name });
  await stage.call('PATCH', `/tasks/${done.id}`, { status: 'done' });
  await conversation(stage, told.id);
  await many(TASKS, async (i) => {
    const holder = holderOf(i);
    const name = i % 5 === 0 ? `Look after ${i}: a name that takes more than one line of a card` : `T${i}`;
    if (i % 6 === 5) return void (await stage.task(name, { required_capabilities: ['telepathy'], escalation_chain: i % 12 === 5 ? [] : ['Ruto'] }));
    if (i % 6 === 4) return void (await stage.task(name, { is_ping_enabled: false, priority: i % 3, blocked_by: [told.id] }));
    const { id } = await stage.task(name, { agent_name: holder.name, priority: (i % 4) - 1, ...(i % 8 === 0 ? { deadline: '2099-01-01T00:00:00.000Z' } : {}) });
    if (i % 6 === 1) await stage.call('POST', `/agents/${holder.id}/acknowledge`, { task_id: id, progress: 0.4 });
    if (i % 6 === 2) await stage.call('POST', `/agents/${holder.id}/snooze`, { task_id: id, minutes: 20 });
    if (i % 6 === 3) await stage.call('PATCH', `/tasks/${id}`, { status: i % 4 === 3 ? 'cancelled' : 'done' });
  });
  await many(UNANSWERED, (i) => stage.task(`Unanswered ${i}`, { agent_name: holderOf(i).name }));
  return stage.call('GET', `/tasks/${told.id}`);
}

async function conversation(stage: Stage, id: number): Promise<void> {
  await stage.call('POST', `/tasks/${id}/comments`, { content: 'Which quarter is meant?' });
  const { id: phase } = await stage.call<{ id: number }>('POST', `/tasks/${id}/phases`, { name: 'Collect' });
  for (const title of ['Ask finance', 'Ask the office']) await stage.call('POST', `/phases/${phase}/todos`, { title });
}

async function many(count: number, make: (i: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i += AT_ONCE) await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - i) }, (_, k) => make(i + k)));
}
