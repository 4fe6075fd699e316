// Where the limits keep the JSON of an order in Redis.
export const redisKey = (id: string): string => `limit:order:${id}`
