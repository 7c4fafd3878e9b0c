import { defineEntity, p } from '@mikro-orm/core';
import { Task } from './task.ts';

/** `task.blocked_by` the other way round: which tasks wait for this one. Kept in step by writeChanges. */
export const TaskBlocker = defineEntity({
  name: 'TaskBlocker',
  tableName: 'task_blocker',
  properties: {
    task_id: () => p.manyToOne(Task).mapToPk().primary().index(false),
    blocker_id: () => p.manyToOne(Task).mapToPk().primary().index(false),
  },
  indexes: [{ name: 'task_blocker_blocker', properties: ['blocker_id'] }],
});
