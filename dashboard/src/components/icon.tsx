import activity from 'lucide-static/icons/activity.svg?raw';
import arrowUpRight from 'lucide-static/icons/arrow-up-right.svg?raw';
import ban from 'lucide-static/icons/ban.svg?raw';
import bellRing from 'lucide-static/icons/bell-ring.svg?raw';
import bot from 'lucide-static/icons/bot.svg?raw';
import check from 'lucide-static/icons/check.svg?raw';
import chevronDown from 'lucide-static/icons/chevron-down.svg?raw';
import chevronRight from 'lucide-static/icons/chevron-right.svg?raw';
import circle from 'lucide-static/icons/circle.svg?raw';
import circleCheck from 'lucide-static/icons/circle-check.svg?raw';
import circleDashed from 'lucide-static/icons/circle-dashed.svg?raw';
import circlePause from 'lucide-static/icons/circle-pause.svg?raw';
import circleX from 'lucide-static/icons/circle-x.svg?raw';
import clock from 'lucide-static/icons/clock.svg?raw';
import copy from 'lucide-static/icons/copy.svg?raw';
import ellipsis from 'lucide-static/icons/ellipsis.svg?raw';
import equal from 'lucide-static/icons/equal.svg?raw';
import gauge from 'lucide-static/icons/gauge.svg?raw';
import heartPulse from 'lucide-static/icons/heart-pulse.svg?raw';
import history from 'lucide-static/icons/history.svg?raw';
import hourglass from 'lucide-static/icons/hourglass.svg?raw';
import info from 'lucide-static/icons/info.svg?raw';
import key from 'lucide-static/icons/key-round.svg?raw';
import keyboard from 'lucide-static/icons/keyboard.svg?raw';
import cards from 'lucide-static/icons/layout-grid.svg?raw';
import list from 'lucide-static/icons/list.svg?raw';
import listChecks from 'lucide-static/icons/list-checks.svg?raw';
import filter from 'lucide-static/icons/list-filter.svg?raw';
import loader from 'lucide-static/icons/loader-circle.svg?raw';
import logOut from 'lucide-static/icons/log-out.svg?raw';
import message from 'lucide-static/icons/message-square.svg?raw';
import moon from 'lucide-static/icons/moon.svg?raw';
import pencil from 'lucide-static/icons/pencil.svg?raw';
import plus from 'lucide-static/icons/plus.svg?raw';
import power from 'lucide-static/icons/power.svg?raw';
import radio from 'lucide-static/icons/radio.svg?raw';
import refresh from 'lucide-static/icons/refresh-cw.svg?raw';
import rotate from 'lucide-static/icons/rotate-ccw.svg?raw';
import search from 'lucide-static/icons/search.svg?raw';
import send from 'lucide-static/icons/send.svg?raw';
import settings from 'lucide-static/icons/settings.svg?raw';
import board from 'lucide-static/icons/square-kanban.svg?raw';
import trash from 'lucide-static/icons/trash-2.svg?raw';
import trendingDown from 'lucide-static/icons/trending-down.svg?raw';
import trendingUp from 'lucide-static/icons/trending-up.svg?raw';
import alert from 'lucide-static/icons/triangle-alert.svg?raw';
import userCheck from 'lucide-static/icons/user-check.svg?raw';
import userPlus from 'lucide-static/icons/user-plus.svg?raw';
import users from 'lucide-static/icons/users.svg?raw';
import wifiOff from 'lucide-static/icons/wifi-off.svg?raw';
import x from 'lucide-static/icons/x.svg?raw';
import zap from 'lucide-static/icons/zap.svg?raw';
import { Component, h } from 'preact';

/** Lucide's icons (ISC), each only as what it draws. To have one more: import it above and name it below. */
const SOURCES = {
  activity,
  alert,
  arrowUpRight,
  ban,
  bellRing,
  board,
  bot,
  cards,
  check,
  chevronDown,
  chevronRight,
  circle,
  circleCheck,
  circleDashed,
  circlePause,
  circleX,
  clock,
  copy,
  ellipsis,
  equal,
  filter,
  gauge,
  heartPulse,
  history,
  hourglass,
  info,
  key,
  keyboard,
  list,
  listChecks,
  loader,
  logOut,
  message,
  moon,
  pencil,
  plus,
  power,
  radio,
  refresh,
  rotate,
  search,
  send,
  settings,
  trash,
  trendingDown,
  trendingUp,
  userCheck,
  userPlus,
  users,
  wifiOff,
  x,
  zap,
} as const;
export type IconName = keyof typeof SOURCES;

interface Shape {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
}
const parsed = new Map<IconName, readonly Shape[]>();

/** Lucide's children are flat, self-closing elements. */
function shapesOf(name: IconName): readonly Shape[] {
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const shapes = [...SOURCES[name].matchAll(/<(path|circle|rect|line|polyline|polygon|ellipse) ([^>]*?)\/>/g)].map(([, tag = '', text = '']) => ({
    tag,
    attributes: Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value])),
  }));
  parsed.set(name, shapes);
  return shapes;
}

interface IconProps {
  readonly name: IconName;
  readonly size?: number;
}

/** Decoration: what it means stands beside it in words, or in the button's label. Drawn once: there are thousands of them, and they hardly ever change. */
export class Icon extends Component<IconProps> {
  override shouldComponentUpdate({ name, size }: IconProps): boolean {
    return name !== this.props.name || size !== this.props.size;
  }

  override render({ name, size = 18 }: IconProps) {
    return (
      <svg
        class="icon"
        data-icon={name}
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        stroke-width="2"
        stroke-linecap="round"
        stroke-linejoin="round"
        aria-hidden="true"
      >
        {shapesOf(name).map(({ tag, attributes }) => h(tag, attributes))}
      </svg>
    );
  }
}
