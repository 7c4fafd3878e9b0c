import { defineEntity, p } from '@mikro-orm/core';
import { id } from './id.ts';
import { Task } from './task.ts';

/** A stage of a task (`PhaseRow`). Times are epoch milliseconds. */
export const Phase = defineEntity({
  name: 'Phase',
  tableName: 'phase',
  properties: {
    id: p.type(id).primary(),
    task_id: () => p.manyToOne(Task).mapToPk().index(false),
    name: p.text(),
    position: p.integer(),
    completed_at: p.bigint('number').nullable(),
    created_at: p.bigint('number'),
    deleted_at: p.bigint('number').nullable(),
    revision: p.integer(),
  },
  indexes: [{ name: 'phase_of_task', properties: ['task_id', 'position', 'id'], where: 'deleted_at is null' }],
});
