import { BigIntType, type EntityProperty, type Platform } from '@mikro-orm/core';

/**
 * A primary key that reads back as a number: `bigserial` on PostgreSQL, and on SQLite `integer … autoincrement`, the alias of the rowid
 * whose numbers are never given twice. (The plain bigint type declares the latter as well, but then takes it for a changed column.)
 */
class IdType extends BigIntType<'number'> {
  constructor() {
    super('number');
  }

  override getColumnType(prop: EntityProperty, platform: Platform): string {
    // Only PostgreSQL's platform has sequences for generated keys in place of an inline keyword.
    return platform.usesReturningStatement() && platform.supportsDeferredUniqueConstraints() ? super.getColumnType(prop, platform) : 'integer';
  }
}

export const id = new IdType();
