const UP = /^e\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})\/up$/;
const ACK = /^e\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})\/ack$/;
const DOWN = /^e\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})\/down$/;

/** The filter under which a hub hears all edges. */
export const ALL_UP_TOPICS = 'e/+/up';

/** The edge that sends on this topic; undefined where it is no uplink. */
export function edgeOfUpTopic(topic: string): string | undefined {
  return UP.exec(topic)?.[1];
}

/** The edge that hears this topic, its acknowledgements or commands; undefined for any other topic and for a pattern. */
export function edgeHearing(topic: string): string | undefined {
  return (ACK.exec(topic) ?? DOWN.exec(topic))?.[1];
}

/** Where an edge hears its acknowledgements. */
export function ackTopic(edge: string): string {
  return `e/${edge}/ack`;
}

/** Where an edge hears commands that cannot wait. */
export function downTopic(edge: string): string {
  return `e/${edge}/down`;
}
