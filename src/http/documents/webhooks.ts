import { EXAMPLES } from '#schemas/examples.ts';
import { Ping, WebhookAnswer } from '#schemas/messages.ts';
import { referring } from '#schemas/named.ts';

const header = (name: string, description: string): object => ({ name, in: 'header', required: true, description, schema: { type: 'string' } });

/** The requests that the coordinator makes itself, for the `webhooks` of an OpenAPI 3.1 document. */
export function webhooksOf(components: Map<string, object>): Record<string, object> {
  const json = (schema: object, example: unknown): object => ({ content: { 'application/json': { schema, example } } });
  return {
    ping: {
      post: {
        operationId: 'webhook_ping',
        summary: 'To {endpoint_url}/ping of an agent that has an endpoint: each ping',
        description:
          'Signed as Standard Webhooks with the webhook_secret of the agent. Without a 2xx within 10 s it is sent again, with the same webhook-id, after ' +
          '1, 2, 4 … seconds (5 minutes at most) until respond_by, until it is answered in another way, or until the next ping. Redirects are not followed.',
        security: [],
        parameters: [
          header('webhook-id', 'The same for every repetition of this message'),
          header('webhook-timestamp', 'When it was sent, Unix seconds; it is signed, too'),
          header('webhook-signature', 'v1, and the base64 HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`'),
        ],
        requestBody: { required: true, ...json(referring(Ping, components), EXAMPLES['ping']) },
        responses: { '2XX': { description: 'It came. The body may be a command', ...json(referring(WebhookAnswer, components), EXAMPLES['webhook_answer']) } },
      },
    },
  };
}
