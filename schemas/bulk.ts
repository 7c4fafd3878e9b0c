import Type from 'typebox';
import { AnyName, described, Id, Maybe, Message, Search } from './scalars.ts';
import { ATTENTION_REASONS, CODE_NAMES, TASK_STATUSES } from './vocabulary.ts';

/** One action on many tasks (POST /tasks/bulk). */

/** Tasks in one request at most. */
export const MAX_BULK = 1000;
export const TaskBulk = Type.Object(
  {
    action: Type.Enum(['assign', 'cancel', 'resolve', 'ping']),
    ids: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: MAX_BULK, uniqueItems: true })),
    filter: Type.Optional(
      Type.Object(
        {
          status: Type.Optional(Type.Enum([...TASK_STATUSES])),
          agent: Type.Optional(Type.Union([AnyName, Id], { description: 'Name or id of the holder' })),
          needs_attention: Type.Optional(Type.Union([Type.Boolean(), Type.Enum([...ATTENTION_REASONS])])),
          q: Type.Optional(described(Search, 'Part of the name or the description')),
        },
        // what selects many tasks at once is not guessed at: a name that is none of these is refused
        { minProperties: 1, additionalProperties: false, description: 'The tasks that GET /tasks would list under it; unknown names are refused' },
      ),
    ),
    agent_name: described(Maybe(AnyName), 'To assign: name of the agent; without one the coordinator chooses'),
  },
  { $id: 'task_bulk', title: 'TaskBulk', description: 'What is to be done to which tasks: either ids or filter.' },
);
export const TaskBulkDone = Type.Object(
  {
    message: Message,
    done: Type.Integer(),
    failed: Type.Integer(),
    has_more: Type.Boolean({ description: 'More tasks fit the filter than are taken at once' }),
    items: Type.Array(
      Type.Object({
        task_id: Id,
        ok: Type.Boolean(),
        message: Type.Optional(Message),
        error: Type.Optional(Type.Object({ code: Type.Enum(CODE_NAMES), detail: Type.String() })),
      }),
    ),
  },
  { $id: 'task_bulk_done', title: 'TaskBulkDone', description: 'What became of each task, in the order of ids.' },
);
