import { defineEntity, p } from '@mikro-orm/core';
import { id } from './id.ts';
import { Phase } from './phase.ts';

/** A line of a phase's checklist (`TodoRow`). Times are epoch milliseconds. */
export const Todo = defineEntity({
  name: 'Todo',
  tableName: 'todo',
  properties: {
    id: p.type(id).primary(),
    phase_id: () => p.manyToOne(Phase).mapToPk().index(false),
    title: p.text(),
    position: p.integer(),
    done_at: p.bigint('number').nullable(),
    done_by: p.text().nullable(),
    created_at: p.bigint('number'),
    deleted_at: p.bigint('number').nullable(),
    revision: p.integer(),
  },
  indexes: [{ name: 'todo_of_phase', properties: ['phase_id', 'position', 'id'], where: 'deleted_at is null' }],
});
