import { defineEntity, p } from '@mikro-orm/core';
import type { NotificationKind } from '#schemas/vocabulary.ts';
import { id } from './id.ts';

/** What people were told (`NotificationRow`). */
export const Notification = defineEntity({
  name: 'Notification',
  tableName: 'notification',
  properties: {
    id: p.type(id).primary(),
    kind: p.text().$type<NotificationKind>(),
    task_id: p.bigint('number').nullable(),
    title: p.text(),
    body: p.text(),
    created_at: p.bigint('number'),
    read_at: p.bigint('number').nullable(),
  },
  indexes: [{ name: 'notification_unread', properties: ['id'], where: 'read_at is null' }],
});
