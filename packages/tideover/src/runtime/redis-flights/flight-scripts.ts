import { FORGOTTEN_AFTER_MS } from "../../engine/index.ts";
import { MAX_LOG_ENTRIES } from "./defaults.ts";

/*
 * A flight is a hash (KEYS[1]) and a list, its log (KEYS[2]), in one slot of a cluster. Times are the server's own, in
 * ms, so processes need not agree on theirs. The hash: `token` of the newest leader, `flight` (the first leader's token),
 * `lease` (its length), `until` (when it is over), `progress` (when the log last grew), `ending` (JSON), `lingers`
 * (until when a whole one can be joined). Each change is published on a channel: the last of ARGV.
 *
 * A token is the server's time in microseconds, or one more than the last: it grows also after the flight before was
 * forgotten, which a counter kept in the hash would not.
 */
const COMMON = `
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local function whole(number) return string.format('%.0f', number) end
local function keep(ms)
  redis.call('PEXPIRE', KEYS[1], ms)
  redis.call('PEXPIRE', KEYS[2], ms)
end
`;

/** ARGV: lease in ms. Gives 0 to a follower; the token and the log so far to a leader. */
export const JOIN = `${COMMON}
local token, ends, ending, lingers = unpack(redis.call('HMGET', KEYS[1], 'token', 'until', 'ending', 'lingers'))
local lease = tonumber(ARGV[1])
if token and not ending then
  keep(${FORGOTTEN_AFTER_MS})
  if now < tonumber(ends) then return {0} end
  local heir = whole(math.max(tonumber(token) + 1, micros))
  redis.call('HSET', KEYS[1], 'token', heir, 'lease', lease, 'until', now + lease)
  return {1, heir, redis.call('LRANGE', KEYS[2], 0, -1)}
end
if ending and lingers and now < tonumber(lingers) then return {0} end
local first = whole(math.max((tonumber(token or '0')) + 1, micros))
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'token', first, 'flight', first, 'lease', lease, 'until', now + lease, 'progress', now)
keep(${FORGOTTEN_AFTER_MS})
return {1, first, {}}
`;

/** ARGV: token, index, entries …, channel. Gives whether it still leads. */
export const APPEND = `${COMMON}
local token, lease, ending = unpack(redis.call('HMGET', KEYS[1], 'token', 'lease', 'ending'))
if token ~= ARGV[1] or ending then return 0 end
local length = redis.call('LLEN', KEYS[2])
local from = tonumber(ARGV[2])
local last = #ARGV - 1
if from > length or from + last - 2 > ${MAX_LOG_ENTRIES} then return 0 end
redis.call('HSET', KEYS[1], 'until', now + lease)
local grew = false
for index = 3 + length - from, last do
  redis.call('RPUSH', KEYS[2], ARGV[index])
  grew = true
end
keep(${FORGOTTEN_AFTER_MS})
if grew then
  redis.call('HSET', KEYS[1], 'progress', now)
  redis.call('PUBLISH', ARGV[#ARGV], 'grew')
end
return 1
`;

/** ARGV: token, ending as JSON, how long it can be joined in ms, channel. Gives whether it still led. */
export const END = `${COMMON}
local token, ending = unpack(redis.call('HMGET', KEYS[1], 'token', 'ending'))
if token ~= ARGV[1] or ending then return 0 end
local linger = tonumber(ARGV[3])
redis.call('HSET', KEYS[1], 'ending', ARGV[2], 'lingers', now + linger)
keep(math.max(linger, ${FORGOTTEN_AFTER_MS}))
redis.call('PUBLISH', ARGV[4], 'ended')
return 1
`;

/** ARGV: token, channel. */
export const RELEASE = `${COMMON}
local token, ending = unpack(redis.call('HMGET', KEYS[1], 'token', 'ending'))
if token ~= ARGV[1] or ending then return 0 end
redis.call('HSET', KEYS[1], 'until', 0)
redis.call('PUBLISH', ARGV[2], 'released')
return 1
`;

/** ARGV: index. Gives nothing, or flight, ms of lease left, ms since progress, ending, entries from the index on. */
export const READ = `${COMMON}
local flight, ends, progress, ending = unpack(redis.call('HMGET', KEYS[1], 'flight', 'until', 'progress', 'ending'))
if not flight then return {} end
local left = math.max(0, tonumber(ends) - now)
return {flight, whole(left), whole(now - tonumber(progress)), ending or '', redis.call('LRANGE', KEYS[2], ARGV[1], -1)}
`;
