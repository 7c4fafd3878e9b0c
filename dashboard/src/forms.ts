/** What people write into forms. */

/** What the form that is sent holds, by the names of its fields. */
export const fieldsOf = (event: SubmitEvent): FormData => new FormData(event.currentTarget as HTMLFormElement); // as: the form that has this handler

/** Names with commas (or lines) between, each once; a name may have spaces. */
export const listed = (text: string): string[] => [...new Set(text.split(/[,\n]/).map((name) => name.trim()))].filter((name) => name !== '');
