/** The fields that are given and differ from the row's, lists by their content: what a PATCH really changes. */
export const changedFields = (row: object, given: object): Record<string, unknown> => {
  const now = new Map(Object.entries(row));
  return Object.fromEntries(Object.entries(given).filter(([k, v]) => v !== undefined && JSON.stringify(v) !== JSON.stringify(now.get(k))));
};
