// What both AWS clients take from the configuration; what is not set there, the SDK's chain provides.
import type { WorkerConfig } from "../config/config.ts"

type Aws = WorkerConfig["aws"]

const access = ({ region, accessKeyId, secretAccessKey }: Aws) => ({
  region,
  credentials:
    accessKeyId === undefined || secretAccessKey === undefined
      ? undefined
      : { accessKeyId, secretAccessKey }
})

export const sqsClient = (aws: Aws) => ({ ...access(aws), endpoint: aws.sqsEndpoint })
export const sesClient = (aws: Aws) => ({ ...access(aws), endpoint: aws.sesEndpoint })
