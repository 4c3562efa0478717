/* The door to librdkafka. Only the module Kafka may import it. */
#ifndef HABEAS_CRDKAFKA_SHIM_H
#define HABEAS_CRDKAFKA_SHIM_H
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#endif
