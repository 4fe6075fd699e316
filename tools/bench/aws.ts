// The AWS clients of the programs under bench: region, credentials and endpoints are the environment's;
// connections are kept, and as many as this system's own clients may have.
import { SESClient } from "@aws-sdk/client-ses"
import { SQSClient } from "@aws-sdk/client-sqs"

const agent = { keepAlive: true, maxSockets: 64 }
const requestHandler = { httpAgent: agent, httpsAgent: agent }

/** The endpoint is the one that was configured, also where a queue's URL has another host. */
export const openSqs = (): SQSClient =>
  new SQSClient({ useQueueUrlAsEndpoint: false, requestHandler })

export const openSes = (): SESClient => new SESClient({ requestHandler })
