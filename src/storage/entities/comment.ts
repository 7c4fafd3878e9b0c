import { defineEntity, p } from '@mikro-orm/core';
import { id } from './id.ts';
import { Task } from './task.ts';

/** A line in a task's conversation (`CommentRow`). */
export const Comment = defineEntity({
  name: 'Comment',
  tableName: 'comment',
  properties: {
    id: p.type(id).primary(),
    task_id: () => p.manyToOne(Task).mapToPk().index(false),
    author: p.text(),
    content: p.text(),
    created_at: p.bigint('number'),
  },
  indexes: [{ name: 'comment_task', properties: ['task_id', 'id'] }],
});
