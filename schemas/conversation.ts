import Type, { type Static } from 'typebox';
import { Id, Line, Message, Nullable, Revision, Text, Time } from './scalars.ts';
import { PHASE_STATUSES } from './vocabulary.ts';

/** What is said about a task, and its stages and checklists (contract §4). */

export const Comment = Type.Object(
  { id: Id, task_id: Id, author: Type.String({ description: 'admin, coordinator, or an agent’s name' }), content: Text, created_at: Time },
  { $id: 'comment', title: 'Comment', description: 'One entry in the conversation about a task.' },
);
export const CommentCreate = Type.Object(
  { content: Type.String({ minLength: 1, maxLength: 65_536 }) },
  { $id: 'comment_create', title: 'CommentCreate', description: 'What is to be said.' },
);
export const CommentAdded = Type.Object(
  { ...Comment.properties, message: Message },
  { $id: 'comment_added', title: 'CommentAdded', description: 'The comment as it was kept.' },
);
const Position = Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'Who stands there moves one further' });
export const Todo = Type.Object(
  {
    id: Id,
    phase_id: Id,
    title: Line,
    position: Type.Integer(),
    is_done: Type.Boolean(),
    done_at: Nullable(Time),
    done_by: Nullable(Type.String({ description: 'The actor that ticked it' })),
    created_at: Time,
    revision: Revision,
  },
  { $id: 'todo', title: 'Todo', description: 'A line of a checklist; a phase has at most 200.' },
);
export const TodoChanged = Type.Object(
  { ...Todo.properties, message: Message },
  { $id: 'todo_changed', title: 'TodoChanged', description: 'The todo as it is now.' },
);
export const TodoDone = Type.Object(
  { message: Message, todo_id: Id, phase_id: Id, task_id: Id },
  { $id: 'todo_done', title: 'TodoDone', description: 'Done; the todo itself is gone.' },
);
export const TodoCreate = Type.Object(
  { title: Line, position: Type.Optional(Position) },
  { $id: 'todo_create', title: 'TodoCreate', description: 'A new line of a checklist; last unless position says where.' },
);
export const TodoPatch = Type.Object(
  { is_done: Type.Optional(Type.Boolean()), title: Type.Optional(Line), position: Type.Optional(Position) },
  {
    $id: 'todo_patch',
    title: 'TodoPatch',
    description: 'The admin may change all of it; an agent may tick and untick (is_done, nothing else) the todos of a task that it holds now.',
  },
);
export const Phase = Type.Object(
  {
    id: Id,
    task_id: Id,
    name: Line,
    position: Type.Integer(),
    status: Type.Enum([...PHASE_STATUSES], { description: 'Follows from the todos: none, some or all of them are done. Without todos: todo' }),
    completed_at: Nullable(Time),
    created_at: Time,
    revision: Revision,
    todos: Type.Array(Todo),
  },
  { $id: 'phase', title: 'Phase', description: 'A stage of a task with its checklist; a task has at most 50.' },
);
export const PhaseChanged = Type.Object(
  { ...Phase.properties, message: Message },
  { $id: 'phase_changed', title: 'PhaseChanged', description: 'The phase as it is now.' },
);
export const PhaseDone = Type.Object(
  { message: Message, phase_id: Id, task_id: Id },
  { $id: 'phase_done', title: 'PhaseDone', description: 'Done; the phase itself is gone.' },
);
export const PhaseCreate = Type.Object(
  { name: Line, position: Type.Optional(Position) },
  { $id: 'phase_create', title: 'PhaseCreate', description: 'A new stage; last unless position says where.' },
);
export const PhasePatch = Type.Object(
  { name: Type.Optional(Line), position: Type.Optional(Position) },
  { $id: 'phase_patch', title: 'PhasePatch', description: 'What is left out stays as it is.' },
);

export type Comment = Static<typeof Comment>;
export type Todo = Static<typeof Todo>;
export type TodoPatch = Static<typeof TodoPatch>;
export type Phase = Static<typeof Phase>;
