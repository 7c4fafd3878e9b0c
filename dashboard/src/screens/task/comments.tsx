import { useState } from 'preact/hooks';
import { post } from '#dashboard/api.ts';
import { Age } from '#dashboard/components/age.tsx';
import { Button } from '#dashboard/components/button.tsx';
import { Icon } from '#dashboard/components/icon.tsx';
import { LongText } from '#dashboard/components/long-text.tsx';
import { attempt } from '#dashboard/toast.tsx';
import type { Comment } from '#schemas/conversation.ts';
import './comments.css';

/** The coordinator's own remarks. */
const SYSTEM = 'system';

interface CommentsProps {
  readonly taskId: number;
  readonly comments: readonly Comment[];
  readonly reload: () => void;
}

/** The conversation about the task, oldest first. */
export function TaskComments({ taskId, comments, reload }: CommentsProps) {
  const [text, setText] = useState('');
  const send = async (): Promise<void> => {
    if (text.trim() === '') return;
    const added = await attempt(() => post(`/tasks/${taskId}/comments`, { content: text }), 'Comment added');
    if (added === undefined) return;
    setText('');
    reload();
  };
  return (
    <section class="card stack" aria-labelledby="comments">
      <h2 id="comments">
        Comments <span class="muted small">{comments.length}</span>
      </h2>
      <ul class="stack comments">
        {comments.map(({ id, author, content, created_at }) => (
          <li key={id} class="comment" data-system={author === SYSTEM || undefined}>
            <p class="row wrap small">
              <Icon name={author === SYSTEM ? 'activity' : author === 'admin' ? 'userCheck' : 'bot'} size={14} />
              <strong class="any-text">{author}</strong>
              <span class="muted">
                <Age at={created_at} />
              </span>
            </p>
            <LongText text={content} />
          </li>
        ))}
      </ul>
      <form
        class="stack tight"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <label class="visually-hidden" for="comment">
          Your comment
        </label>
        <textarea
          id="comment"
          class="input"
          dir="auto"
          rows={2}
          maxLength={65_536}
          placeholder="Write a comment"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send();
          }}
        />
        <div class="dialog-actions">
          <Button type="submit" icon="message" disabled={text.trim() === '' && 'Nothing is written yet'}>
            Comment
          </Button>
        </div>
      </form>
    </section>
  );
}
