/** What is good, bad and so on: `data-tone` colours what is inside (base.css). */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'calm';
