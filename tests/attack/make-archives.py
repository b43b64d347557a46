#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""make-archives: archives that attack whoever unpacks them, and some that only look so.
Usage: make-archives.py DIRECTORY. Each becomes DIRECTORY/NAME.tar (or its own suffix)."""
import bz2
import gzip
import io
import lzma
import os
import struct
import sys
import tarfile
import zipfile

out = sys.argv[1]
os.makedirs(out, exist_ok=True)


def write(name, data):
    with open(os.path.join(out, name), 'wb') as file:
        file.write(data)


def header(name, kind=b'0', size=0, link=b'', mode=b'0000644', uid=b'0000000', gid=b'0000000',
           mtime=b'00000000000', magic=b'ustar\x0000', wrong=False):
    """One header block, every field as given: tarfile would not write most of these."""
    block = bytearray(512)

    def put(at, length, value):
        block[at:at + length] = value[:length].ljust(length, b'\0')

    put(0, 100, name)
    put(100, 8, mode)
    put(108, 8, uid)
    put(116, 8, gid)
    put(124, 12, size if isinstance(size, bytes) else b'%011o' % size)
    put(136, 12, mtime)
    put(156, 1, kind)
    put(157, 100, link)
    put(257, 8, magic)
    put(329, 16, b'0000000\x000000000\x00')
    put(148, 8, b' ' * 8)
    put(148, 8, b'%06o\0 ' % (sum(block) + wrong))
    return bytes(block)


def padded(data):
    return data + bytes(-len(data) % 512)


def file(name, data=b'evil\n', **more):
    return header(name, size=len(data), **more) + padded(data)


def pax(*records, kind=b'x'):
    data = b''
    for key, value in records:
        body = b' ' + key + b'=' + value + b'\n'
        length = len(body)
        while len(b'%d' % length) + len(body) != length:
            length = len(b'%d' % length) + len(body)
        data += b'%d' % length + body
    return header(b'pax', kind=kind, size=len(data)) + padded(data)


END = bytes(1024)


def tar(name, *parts):
    write(name + '.tar', b''.join(parts) + END)


def directory(name, mode=b'0000755'):
    return header(name, b'5', mode=mode)


def symlink(name, target):
    return header(name, b'2', link=target)


def hardlink(name, target):
    return header(name, b'1', link=target)


# ---------------------------------------------------------------- out of the directory
tar('dotdot', file(b'../canary/dotdot'), file(b'a/../../../canary/dotdot2'))
tar('absolute', file(b'/canary/absolute'), file(b'//../canary/absolute2'))
tar('symlink', symlink(b'l', b'../canary'), file(b'l/new'))
tar('symlink-absolute', symlink(b'l', b'/canary'), directory(b'canary'), file(b'l/new'))
tar('symlink-file', symlink(b'l', b'../canary/file'), file(b'l'))
tar('symlink-chain', symlink(b'a', b'b'), symlink(b'b', b'c'), symlink(b'c', b'../../canary'),
    directory(b'canary'), file(b'a/new'))
tar('symlink-dotdot', directory(b'x'), directory(b'x/y'), symlink(b'l', b'x/y'),
    file(b'l/../../../../up'))
tar('symlink-proc', symlink(b'l', b'/proc/self/root'), file(b'l/canary/proc'))
tar('symlink-loop', symlink(b'l', b'l'), file(b'l/x'))
tar('hardlink-dotdot', hardlink(b'h', b'../canary/file'), file(b'h'))
tar('hardlink-absolute', hardlink(b'h', b'/canary/file'))
tar('hardlink-through', symlink(b'l', b'../canary'), hardlink(b'h', b'l/file'))
tar('hardlink-to-link', symlink(b'l', b'../canary/file'), hardlink(b'h', b'l'), file(b'h'))
tar('hardlink-to-directory', directory(b'd'), hardlink(b'h', b'd'))
tar('hardlink-to-itself', file(b'f', b'kept\n'), hardlink(b'f', b'f'))
tar('hardlink-to-nothing', hardlink(b'h', b'missing'))
tar('root-symlink', symlink(b'.', b'../canary'), file(b'new'))
tar('root-symlink-slash', symlink(b'/', b'../canary'), file(b'new'))
tar('root-symlink-empty', symlink(b'./', b'../canary'), file(b'new'))
tar('root-symlink-up', symlink(b'a/..', b'../canary'), file(b'new'))
tar('root-file', file(b'./'), file(b'new'))
tar('root-hardlink', hardlink(b'.', b'../canary'))
tar('root-directory', directory(b'./', mode=b'0000711'), file(b'f'))
# The directory is open when a link takes its name.
tar('replaced', directory(b'd'), file(b'd/a', b'old\n'), symlink(b'd', b'../canary'), file(b'd/b'))
tar('replaced-inside', directory(b'e'), directory(b'd'), file(b'd/a', b'old\n'),
    symlink(b'd', b'e'), file(b'd/b', b'new\n'))
tar('replaced-above', directory(b'd'), directory(b'd/e'), directory(b'd/e/f'),
    symlink(b'l', b'.'), file(b'd/e/f/1', b'1\n'), symlink(b'l/d', b'../canary'), file(b'd/e/f/2'))
tar('replaced-above-inside', directory(b'other'), directory(b'other/e'), directory(b'd'),
    directory(b'd/e'), file(b'd/e/1', b'1\n'), symlink(b'd/../d', b'other'),
    file(b'd/e/2', b'2\n'))
tar('replaced-file', file(b'f', b'one\n'), file(b'f', b'two\n'), directory(b'f'), file(b'f/g', b'3\n'))
tar('file-as-directory', file(b'f'), file(b'f/g'))

# ---------------------------------------------------------------- ids, sizes, names
tar('uid-minus', file(b'a'), header(b'f', uid=b'-1'))
tar('uid-base256', header(b'f', uid=b'\x80\0\0\x01\0\0\0\0', mode=b'0004755'))
tar('uid-base256-minus', header(b'f', uid=b'\xff' * 8, mode=b'0004755'))
tar('uid-pax', pax((b'uid', b'4294967296')), header(b'f', mode=b'0004755'))
tar('uid-pax-minus', pax((b'uid', b'-1')), header(b'f', mode=b'0004755'))
tar('uid-pax-last', pax((b'uid', b'4294967295')), header(b'f', mode=b'0004755'))
tar('gid-pax', pax((b'gid', b'18446744073709551616')), header(b'f', mode=b'0002755'))
tar('uid-largest', pax((b'uid', b'4294967294')), header(b'f'))
tar('size-base256', header(b'f', size=b'\x80\0\0\0\x7f' + b'\xff' * 7))
tar('size-minus', header(b'f', size=b'\xff' * 12))
tar('size-sparse', pax((b'GNU.sparse.major', b'1'), (b'GNU.sparse.minor', b'0'),
                       (b'GNU.sparse.name', b'f'), (b'GNU.sparse.realsize', b'1099511627776')),
    file(b'x', b'1\n0\n0\n'.ljust(512, b'\0')))
tar('size-sparse-most', pax((b'GNU.sparse.major', b'1'), (b'GNU.sparse.minor', b'0'),
                            (b'GNU.sparse.name', b'f'),
                            (b'GNU.sparse.realsize', b'9223372036854775807')),
    file(b'x', b'1\n9223372036854775000\n512\n'.ljust(512, b'\0') + b'x' * 512))
tar('control', file(b'a\x1b]0;evil\x07b'), file(b'line\nbreak'))
tar('control-refused', file(b'a'), header(b'a\x1b]0;evil\x07b', uid=b'-1'))
tar('pax-nul', pax((b'path', b'a\0b')), file(b'x'))
tar('pax-bytes', pax((b'path', b'n\xff\xfe-\xc3')), file(b'x'),
    pax((b'path', b'e\xcc\x81')), file(b'x'), file(b'u\xff'))
tar('pax-many', *[pax((b'comment', b'x'))] * 5000, file(b'f'))
tar('pax-long', pax((b'comment', b'x' * 900000)), file(b'f', b'kept\n'))
tar('pax-broken', header(b'pax', kind=b'x', size=10) + padded(b'99 path=ab'), file(b'f'))
tar('pax-size-lies', pax((b'size', b'99999999')), file(b'f'))
tar('name-empty', file(b''))
tar('name-long', pax((b'path', b'n' * 300)), file(b'x'))
tar('deep', pax((b'path', b'd/' * 3000 + b'f')), file(b'x', b'deep\n'))
tar('too-deep', pax((b'path', b'd/' * 5000 + b'f')), file(b'x'))
tar('xattr-long', pax((b'SCHILY.xattr.user.' + b'n' * 300, b'v')), file(b'f'))
tar('xattrs', pax((b'SCHILY.xattr.trusted.overlay.opaque', b'y'),
                  (b'SCHILY.xattr.user.overlay.opaque', b'y'),
                  (b'SCHILY.xattr.user.kept', b'yes')), file(b'f'))
tar('kind', header(b'f', kind=b'M', size=5) + padded(b'evil\n'))
tar('devices', header(b'null', b'3', mode=b'0000666'), header(b'fifo', b'6', mode=b'0000600'),
    header(b'block', b'4', mode=b'0000600'))

# ---------------------------------------------------------------- not an archive
tar('good', directory(b'd'), file(b'd/f', b'kept\n' * 1000), symlink(b'l', b'd/f'), hardlink(b'h', b'd/f'))
with open(os.path.join(out, 'good.tar'), 'rb') as source:
    good = source.read()
packed = gzip.compress(good, mtime=0)
write('good.tar.gz', packed)
write('good.tar.bz2', bz2.compress(good))
write('good.tar.xz', lzma.compress(good))
write('members.tar.gz', gzip.compress(good[:700], mtime=0) + gzip.compress(b'', mtime=0) +
      gzip.compress(good[700:], mtime=0))
write('members.tar.bz2', bz2.compress(good[:700]) + bz2.compress(good[700:]))
write('members.tar.xz', lzma.compress(good[:700]) + lzma.compress(good[700:]))
write('zeros-after.tar.gz', packed + bytes(512))
write('crc.tar.gz', packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:])
write('isize.tar.gz', packed[:-4] + struct.pack('<I', len(good) + 1))
write('garbage-after.tar.gz', packed + b'garbage')
write('xz-crc.tar.xz', lzma.compress(good)[:-20] + b'\0' * 8 + lzma.compress(good)[-12:])
write('checksum.tar', header(b'f', wrong=True) + END)
write('checksum-second.tar', file(b'a') + header(b'f', wrong=True) + END)
write('after-end.tar', file(b'a') + END + file(b'b') + END)
write('one-zero-block.tar', file(b'a') + bytes(512))
write('no-end.tar', file(b'a'))
write('empty.tar', b'')
write('zeros.tar', bytes(10240))
write('garbage.tar', bytes(range(1, 256)) * 100)
write('text.tar', b'#!/bin/sh\necho evil\n' * 100)
write('seven.7z', b"7z\xbc\xaf'\x1c\0\4" + bytes(500))
write('lz4.tar', b'\x04\x22\x4d\x18' + bytes(500))
write('lrzip.tar', b'LRZI' + bytes(500))
write('lzop.tar', b'\x89LZO\0\r\n\x1a\n' + bytes(500))
write('compress.tar', b'\x1f\x9d\x90' + bytes(500))
write('uu.tar', b'begin 644 x\n' + b'M' * 61 + b'\nend\n')
write('cpio.tar', b'070701' + b'0' * 104 + b'f\0\0\0' + bytes(500))
write('ar.tar', b'!<arch>\nf               0           0     0     644     0         `\n')
write('mtree.tar', b'#mtree\n./f type=file\n')
write('iso.tar', bytes(32768) + b'\1CD001\1' + bytes(2041) + b'\xffCD001\1' + bytes(20000))
memory = io.BytesIO()
with zipfile.ZipFile(memory, 'w') as archive:
    archive.writestr('f', 'evil')
write('zip.zip', memory.getvalue())
# 8 GiB of zeros in some KiB.
once = bz2.compress(bytes(64 << 20))
write('bomb.tar.bz2', bz2.compress(header(b'f', size=128 * (64 << 20))) + once * 128 + bz2.compress(END))

# ---------------------------------------------------------------- layers
tar('layer', file(b'd/.wh.gone', b''), file(b'o/.wh..wh..opq', b''), file(b'o/new', b'new\n'),
    file(b'd/new', b'new\n'), file(b'.wh.tree', b''))
tar('layer-opaque-late', file(b'o/new', b'new\n'), file(b'o/sub/new', b'new\n'),
    file(b'o/.wh..wh..opq', b''))
tar('whiteout-dotdot', file(b'.wh...', b''))
tar('whiteout-dot', file(b'.wh..', b''))
tar('whiteout-nothing', file(b'.wh.', b''))
tar('whiteout-through', symlink(b'l', b'../canary'), file(b'l/.wh.file', b''))

# ---------------------------------------------------------------- access control lists
tar('acl', pax((b'SCHILY.acl.default', b'user::rwx,user:7:rwx,group::r-x,mask::rwx,other::---')),
    directory(b'd'), file(b'd/f'), directory(b'd/sub'), header(b'd/fifo', b'6', mode=b'0000600'),
    pax((b'SCHILY.acl.access', b'user::rw-,user:8:r--,group::r--,mask::r--,other::r--')), file(b'f'))
