/*
 * Asks Alibaba Cloud's STS for the owner of an access key (GetCallerIdentity), which shows that the key is valid.
 *
 * A whole signed call in a few lines, for demonstration only: RPC with HMAC-SHA1, over plain HTTP, to an emulator on
 * this machine. Real programs use the vendor's SDK, or another one that accepts an access key.
 */
#ifndef EVERCRED_EXAMPLES_CALLER_IDENTITY_H
#define EVERCRED_EXAMPLES_CALLER_IDENTITY_H

#define _POSIX_C_SOURCE 200809L

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { SHA1_SIZE = 20, SHA1_BLOCK = 64, TEXT_MAX = 4096 };

/* ---- SHA-1 (FIPS 180-4), HMAC (RFC 2104), base64 ---------------------------------------------------------------- */

static uint32_t rotate_left(uint32_t value, unsigned bits) { return value << bits | value >> (32 - bits); }

static void sha1_block(uint32_t state[5], const unsigned char *block) {
    uint32_t w[80];
    for (int i = 0; i < 16; ++i) {
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
               (uint32_t)block[4 * i + 3];
    }
    for (int i = 16; i < 80; ++i) {
        w[i] = rotate_left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 80; ++i) {
        const uint32_t f = i < 20 ? ((b & c) | (~b & d)) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
        const uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
        const uint32_t next = rotate_left(a, 5) + f + e + k + w[i];
        e = d, d = c, c = rotate_left(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

/* The hash of one block (a prepared HMAC key) and the message; without a block, of the message only. */
static void sha1(const unsigned char *first, const void *message, size_t length, unsigned char hash[SHA1_SIZE]) {
    uint32_t state[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    const uint64_t bits = 8 * ((uint64_t)length + (first != NULL ? SHA1_BLOCK : 0));
    if (first != NULL) {
        sha1_block(state, first);
    }
    const unsigned char *at = message;
    for (; length >= SHA1_BLOCK; length -= SHA1_BLOCK, at += SHA1_BLOCK) {
        sha1_block(state, at);
    }
    unsigned char tail[2 * SHA1_BLOCK] = {0};
    memcpy(tail, at, length);
    tail[length] = 0x80;
    const size_t end = length < SHA1_BLOCK - 8 ? SHA1_BLOCK : sizeof tail;
    for (unsigned i = 0; i < 8; ++i) {
        tail[end - 1 - i] = (unsigned char)(bits >> (8 * i));
    }
    for (size_t i = 0; i < end; i += SHA1_BLOCK) {
        sha1_block(state, tail + i);
    }
    for (unsigned i = 0; i < SHA1_SIZE; ++i) {
        hash[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
    }
}

static void hmac_sha1(const char *key, const char *message, unsigned char mac[SHA1_SIZE]) {
    unsigned char short_key[SHA1_BLOCK] = {0}, inner[SHA1_BLOCK], outer[SHA1_BLOCK];
    const size_t length = strlen(key);
    if (length > SHA1_BLOCK) {
        sha1(NULL, key, length, short_key);
    } else {
        memcpy(short_key, key, length);
    }
    for (int i = 0; i < SHA1_BLOCK; ++i) {
        inner[i] = short_key[i] ^ 0x36;
        outer[i] = short_key[i] ^ 0x5C;
    }
    sha1(inner, message, strlen(message), mac);
    sha1(outer, mac, SHA1_SIZE, mac);
}

static void base64(const unsigned char mac[SHA1_SIZE], char text[32]) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned long bits = 0;
    unsigned held = 0;
    for (int i = 0; i < SHA1_SIZE; ++i) {
        bits = bits << 8 | mac[i];
        for (held += 8; held >= 6; held -= 6) {
            *text++ = digits[bits >> (held - 6) & 63];
        }
    }
    /* 20 bytes leave 4 bits. */
    *text++ = digits[bits << 2 & 63];
    strcpy(text, "=");
}

/* ---- the request ------------------------------------------------------------------------------------------------ */

/* Appends what fits. The service refuses the signature of a truncated text. */
static void append(char *text, const char *more) {
    const size_t length = strlen(text);
    snprintf(text + length, TEXT_MAX - length, "%s", more);
}

static void append_encoded(char *text, const char *more) {
    for (; *more != '\0'; ++more) {
        const char byte = *more;
        const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= 'a' && byte <= 'z') || (byte != '\0' && strchr("-_.~", byte) != NULL);
        char one[4];
        snprintf(one, sizeof one, plain ? "%c" : "%%%02X", plain ? byte : (unsigned char)byte);
        append(text, one);
    }
}

static void append_parameter(char *query, const char *name, const char *value) {
    append(query, *query == '\0' ? "" : "&");
    append(query, name);
    append(query, "=");
    append_encoded(query, value);
}

/* The signed query of a GET; parameters are signed in the order of their names. */
static void sign(const char *id, const char *secret, const char *token, char query[TEXT_MAX]) {
    char time_text[32], nonce[33] = "";
    const time_t now = time(NULL);
    strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    FILE *random = fopen("/dev/urandom", "rb");
    for (int i = 0; random != NULL && i < 16; ++i) {
        snprintf(nonce + 2 * i, 3, "%02x", (unsigned)getc(random) & 0xFF);
    }
    if (random != NULL) {
        fclose(random);
    }
    *query = '\0';
    append_parameter(query, "AccessKeyId", id);
    append_parameter(query, "Action", "GetCallerIdentity");
    append_parameter(query, "Format", "JSON");
    if (*token != '\0') {
        append_parameter(query, "SecurityToken", token);
    }
    append_parameter(query, "SignatureMethod", "HMAC-SHA1");
    append_parameter(query, "SignatureNonce", nonce);
    append_parameter(query, "SignatureVersion", "1.0");
    append_parameter(query, "Timestamp", time_text);
    append_parameter(query, "Version", "2015-04-01");

    char to_sign[TEXT_MAX] = "GET&%2F&", key[TEXT_MAX] = "", signature[32];
    unsigned char mac[SHA1_SIZE];
    append_encoded(to_sign, query);
    append(key, secret);
    append(key, "&");
    hmac_sha1(key, to_sign, mac);
    memset(key, 0, sizeof key);
    base64(mac, signature);
    append_parameter(query, "Signature", signature);
}

/* Sends a GET to HOST:PORT and reads the whole answer. Returns false if there is none. */
static bool http_get(const char *host_port, const char *query, char answer[TEXT_MAX]) {
    char host[256] = "";
    snprintf(host, sizeof host, "%s", host_port);
    char *port = strrchr(host, ':');
    if (port == NULL) {
        return false;
    }
    *port++ = '\0';
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *address = NULL;
    if (getaddrinfo(host, port, &hints, &address) != 0) {
        return false;
    }
    const int descriptor = socket(address->ai_family, SOCK_STREAM, 0);
    const struct timeval limit = {.tv_sec = 10};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    size_t length = 0;
    if (connect(descriptor, address->ai_addr, address->ai_addrlen) == 0) {
        char request[2 * TEXT_MAX];
        const int size = snprintf(request, sizeof request, "GET /?%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
                                  query, host_port);
        ssize_t got = send(descriptor, request, (size_t)size, MSG_NOSIGNAL) == size ? 1 : 0;
        while (got > 0 && length < TEXT_MAX - 1) {
            got = recv(descriptor, answer + length, TEXT_MAX - 1 - length, 0);
            length += got > 0 ? (size_t)got : 0;
        }
    }
    answer[length] = '\0';
    close(descriptor);
    freeaddrinfo(address);
    return length > 0;
}

/* The text of a field of flat JSON without escapes, as in these answers, or "" if there is no such field. */
static void field(const char *json, const char *name, char value[256]) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":\"", name);
    const char *start = strstr(json, quoted);
    start = start == NULL ? "" : start + strlen(quoted);
    snprintf(value, 256, "%.*s", (int)strcspn(start, "\""), start);
}

/* The owner of a key (an ARN) or the error code of the service; the other one is "". */
static void caller_identity(const char *host_port, const char *id, const char *secret, const char *token, char arn[256],
                            char code[256]) {
    char query[TEXT_MAX], answer[TEXT_MAX];
    sign(id, secret, token, query);
    strcpy(arn, "");
    strcpy(code, "no answer");
    if (http_get(host_port, query, answer)) {
        field(answer, "Arn", arn);
        field(answer, "Code", code);
    }
}

#endif
