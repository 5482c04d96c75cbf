using System.Runtime.InteropServices;

namespace GeoTagService.Decoder;

/// <summary>One instruction of a filter of system calls.</summary>
/// <param name="Code">What it does.</param>
/// <param name="True">Instructions to skip when its test holds.</param>
/// <param name="False">Instructions to skip otherwise.</param>
/// <param name="Operand">What it does it with.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct FilterInstruction(ushort Code, byte True, byte False, uint Operand);

/// <summary>
/// The numbers of system calls on one kind of processor, and the filter that refuses those by which a process reaches beyond
/// itself: programs, processes, the network, files for writing. All others remain, because the runtime needs many of them.
/// </summary>
internal sealed record SystemCalls
{
    private const uint Allow = 0x7FFF0000;
    private const uint NotPermitted = 0x00050000 | 1;
    private const uint NotImplemented = 0x00050000 | 38;

    private const ushort Load = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfAtLeast = 0x35;
    private const ushort JumpIfAnyBit = 0x45;
    private const ushort Return = 0x06;

    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint FirstArgument = 16;

    // Numbers from here on belong to another way of calling.
    private const uint ForeignNumbers = 0x40000000;
    private const uint NewThread = 0x00010000;

    // Write only, read and write, create.
    private const uint WritingOpen = 0x43;

    /// <summary>Those of this machine, or null where they are not known.</summary>
    public static SystemCalls? ForThisMachine =>
        RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => new SystemCalls
            {
                Machine = 0xC000003E,
                Seccomp = 317,
                NewTask = 56,
                Open = 2,
                OpenAt = 257,
                Refused =
                [
                    41,
                    42,
                    43,
                    44,
                    46,
                    49,
                    50,
                    53,
                    288,
                    307, // socket, connect, accept, sendto, sendmsg, bind, listen, socketpair, accept4, sendmmsg
                    57,
                    58,
                    59,
                    322, // fork, vfork, execve, execveat
                    101,
                    310,
                    311,
                    438, // ptrace, process_vm_readv, process_vm_writev, pidfd_getfd
                    76,
                    82,
                    83,
                    84,
                    85,
                    86,
                    87,
                    88,
                    90,
                    92,
                    94,
                    133, // truncate, rename, mkdir, rmdir, creat, link, unlink, symlink, chmod, chown, lchown, mknod
                    258,
                    259,
                    260,
                    263,
                    264,
                    265,
                    266,
                    268,
                    316,
                    437, // mkdirat, mknodat, fchownat, unlinkat, renameat, linkat, symlinkat, fchmodat, renameat2, openat2
                    165,
                    321,
                    323,
                    425, // mount, bpf, userfaultfd, io_uring_setup
                ],
            },
            Architecture.Arm64 => new SystemCalls
            {
                Machine = 0xC00000B7,
                Seccomp = 277,
                NewTask = 220,
                Open = null,
                OpenAt = 56,
                Refused =
                [
                    198,
                    203,
                    202,
                    206,
                    211,
                    200,
                    201,
                    199,
                    242,
                    269, // socket, connect, accept, sendto, sendmsg, bind, listen, socketpair, accept4, sendmmsg
                    221,
                    281, // execve, execveat
                    117,
                    270,
                    271,
                    438, // ptrace, process_vm_readv, process_vm_writev, pidfd_getfd
                    45,
                    33,
                    34,
                    35,
                    36,
                    37,
                    38,
                    53,
                    54,
                    276,
                    437, // truncate, mknodat, mkdirat, unlinkat, symlinkat, linkat, renameat, fchmodat, fchownat, renameat2, openat2
                    40,
                    280,
                    282,
                    425, // mount, bpf, userfaultfd, io_uring_setup
                ],
            },
            _ => null,
        };

    /// <summary>The processor, as the kernel names it.</summary>
    public required uint Machine { get; init; }

    /// <summary>The call that sets a filter.</summary>
    public required int Seccomp { get; init; }

    /// <summary>The call that makes threads, which are allowed, and processes, which are not.</summary>
    public required uint NewTask { get; init; }

    /// <summary>Opens a file by its path, where that call exists.</summary>
    public required uint? Open { get; init; }

    /// <summary>Opens a file below a folder.</summary>
    public required uint OpenAt { get; init; }

    /// <summary>Calls that are never allowed.</summary>
    public required uint[] Refused { get; init; }

    /// <summary>The filter: refused calls answer "not permitted".</summary>
    public FilterInstruction[] Filter()
    {
        // Its flags lie in memory that a filter cannot read; without it the C library takes the older call.
        const uint Clone3 = 435;
        List<FilterInstruction> filter =
        [
            new(Load, 0, 0, ArchitectureOffset),
            new(JumpIfEqual, 1, 0, Machine),
            new(Return, 0, 0, NotPermitted),
            new(Load, 0, 0, NumberOffset),
            new(JumpIfAtLeast, 0, 1, ForeignNumbers),
            new(Return, 0, 0, NotPermitted),
            new(JumpIfEqual, 0, 1, Clone3),
            new(Return, 0, 0, NotImplemented),
        ];
        foreach (var number in Refused)
        {
            filter.Add(new(JumpIfEqual, 0, 1, number));
            filter.Add(new(Return, 0, 0, NotPermitted));
        }

        AddTest(filter, NewTask, argument: 0, NewThread, whenSet: Allow, otherwise: NotPermitted);
        if (Open is { } open)
        {
            AddTest(filter, open, argument: 1, WritingOpen, whenSet: NotPermitted, otherwise: Allow);
        }

        AddTest(filter, OpenAt, argument: 2, WritingOpen, whenSet: NotPermitted, otherwise: Allow);
        filter.Add(new(Return, 0, 0, Allow));
        return [.. filter];
    }

    private static void AddTest(List<FilterInstruction> filter, uint number, uint argument, uint bits, uint whenSet, uint otherwise) =>
        filter.AddRange([
            new(JumpIfEqual, 0, 4, number),
            new(Load, 0, 0, FirstArgument + (argument * 8)),
            new(JumpIfAnyBit, 0, 1, bits),
            new(Return, 0, 0, whenSet),
            new(Return, 0, 0, otherwise),
        ]);
}

/// <summary>What a child was kept from when it became ready.</summary>
[Flags]
internal enum DecoderConfinement
{
    /// <summary>Nothing: the system offers no way.</summary>
    None = 0,

    /// <summary>Files, by Landlock.</summary>
    Files = 1,

    /// <summary>Programs, processes, the network and writing, by a filter of system calls.</summary>
    SystemCalls = 2,
}
