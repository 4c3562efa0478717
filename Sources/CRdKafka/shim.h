/* The door to librdkafka. Only the module Kafka may import it. */
#ifndef HABEAS_CRDKAFKA_SHIM_H
#define HABEAS_CRDKAFKA_SHIM_H
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Where one header lies in a block of bytes. The layout is that of HeaderBlock.Entry. */
typedef struct habeas_header_entry_s {
    int32_t name_start;
    int32_t name_length;
    int32_t value_start;
    int32_t value_length; /* -1: a header without a value */
} habeas_header_entry_t;

/* Hands one record to a producer, which copies all of it. rd_kafka_producev takes its arguments by name and cannot be
 * called from Swift, and the array that rd_kafka_produceva wants would have to be built for each record. */
static inline rd_kafka_resp_err_t habeas_produce(
    rd_kafka_t *rk, rd_kafka_topic_t *topic, int32_t partition, const void *key, size_t key_length,
    const void *value, size_t value_length, int has_value, const void *header_bytes,
    const void *header_entries, size_t header_count, void *opaque) {
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_resp_err_t err;
    /* To librdkafka an address of NULL is a tombstone, and memory of no bytes may have that address. */
    value = has_value ? (value ? value : "") : NULL;
    if (header_count > 0) {
        const char *bytes = (const char *)header_bytes;
        const habeas_header_entry_t *entries = (const habeas_header_entry_t *)header_entries;
        headers = rd_kafka_headers_new(header_count);
        for (size_t i = 0; i < header_count; i++) {
            const habeas_header_entry_t *e = &entries[i];
            int has_value = e->value_length >= 0;
            err = rd_kafka_header_add(headers, bytes + e->name_start, e->name_length,
                                      has_value ? bytes + e->value_start : NULL, has_value ? e->value_length : 0);
            if (err) {
                rd_kafka_headers_destroy(headers);
                return err;
            }
        }
    }
    err = headers ? rd_kafka_producev(rk, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
                                      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_length),
                                      RD_KAFKA_V_VALUE((void *)value, value_length), RD_KAFKA_V_HEADERS(headers),
                                      RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END)
                  : rd_kafka_producev(rk, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
                                      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_length),
                                      RD_KAFKA_V_VALUE((void *)value, value_length), RD_KAFKA_V_OPAQUE(opaque),
                                      RD_KAFKA_V_END);
    /* The headers are the producer's only if it took the record. */
    if (err && headers)
        rd_kafka_headers_destroy(headers);
    return err;
}

/* Here because the module of glibc that Swift sees has no malloc.h. Returns 0 where there is nothing of the kind. */
static inline int habeas_keep_freed_memory(int trim_bytes, int map_bytes, int pad_bytes) {
#ifdef __GLIBC__
    return mallopt(M_TRIM_THRESHOLD, trim_bytes) && mallopt(M_MMAP_THRESHOLD, map_bytes) &&
           mallopt(M_TOP_PAD, pad_bytes);
#else
    (void)trim_bytes;
    (void)map_bytes;
    (void)pad_bytes;
    return 0;
#endif
}

static inline void habeas_return_freed_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

static inline void habeas_messages_destroy(rd_kafka_message_t **messages, size_t count) {
    for (size_t i = 0; i < count; i++)
        rd_kafka_message_destroy(messages[i]);
}

/* The table of all properties that this build knows, as text; the caller frees it. NULL without memory. */
static inline char *habeas_properties_text(void) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    rd_kafka_conf_properties_show(stream);
    if (fclose(stream) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static inline size_t habeas_string_length(const char *text) { return strlen(text); }

/* Constants that are macros with casts, which Swift does not see. */
static const int64_t habeas_offset_beginning = RD_KAFKA_OFFSET_BEGINNING;
static const int64_t habeas_offset_end = RD_KAFKA_OFFSET_END;
static const int64_t habeas_offset_invalid = RD_KAFKA_OFFSET_INVALID;
static const int32_t habeas_partition_unassigned = RD_KAFKA_PARTITION_UA;
#endif
