// Sockets of jeromq (ZMTP 2.0), steered by lines on standard input: see tests/helpers/foreign.py.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.zeromq.ZMQ;

public class Peer {
    static final ZMQ.Context CONTEXT = ZMQ.context(1);
    static final Map<String, ZMQ.Socket> SOCKETS = new HashMap<>();

    static int type(String name) throws Exception {
        return ZMQ.class.getField(name).getInt(null);
    }

    static String answer(String[] words) throws Exception {
        ZMQ.Socket socket = SOCKETS.get(words[1]);
        switch (words[0]) {
            case "open": {
                ZMQ.Socket made = CONTEXT.socket(type(words[2]));
                SOCKETS.put(words[1], made);
                made.setLinger(0);
                made.setReceiveTimeOut(60000);
                if (words[2].equals("SUB")) made.subscribe(new byte[0]);
                if (words[3].equals("connect")) {
                    made.connect(words[4]);
                    return words[4];
                }
                String host = words[4].substring(0, words[4].lastIndexOf(':'));
                return host + ":" + made.bindToRandomPort(host);
            }
            case "send": {
                String[] frames = words[2].split("\\|", -1);
                for (int i = 0; i < frames.length; i++) {
                    socket.send(HexFormat.of().parseHex(frames[i]), i + 1 < frames.length ? ZMQ.SNDMORE : 0);
                }
                return "";
            }
            case "recv": {
                List<String> frames = new ArrayList<>();
                do {
                    byte[] frame = socket.recv(0);
                    if (frame == null) throw new Exception("nothing came");
                    frames.add(HexFormat.of().formatHex(frame));
                } while (socket.hasReceiveMore());
                return String.join("|", frames);
            }
            default: {
                SOCKETS.remove(words[1]).close();
                return "";
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            try {
                System.out.println("ok " + answer(line.split(" ", -1)));
            } catch (Exception error) {
                System.out.println("error " + error);
            }
        }
        Runtime.getRuntime().halt(0);
    }
}
